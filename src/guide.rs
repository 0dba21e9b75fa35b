//! A tutorial: eleven short chapters, each with a program that fits on a page, and its output.
//!
//! Read them in order, or pick one. In the repository they are in `docs/tutorial`.
//!
//! | chapter | shows |
//! | --- | --- |
//! | [`a_hello`] | a program, `async` and `.await` |
//! | [`b_tasks`] | several things at once, their results, and one that panics |
//! | [`c_channels`] | tasks that pass each other messages |
//! | [`d_echo`] | TCP, a task for each connection |
//! | [`e_timeouts`] | time limits, and cancelling other tasks |
//! | [`f_groups`] | tasks that succeed or fail together, failures that nobody awaits |
//! | [`g_blocking`] | code that blocks, and why it is harmless here |
//! | [`h_shutdown`] | a server that shuts down gracefully |
//! | [`i_http`] | libraries written for tokio |
//! | [`j_testing`] | tests that simulate hours in milliseconds |
//! | [`k_finding_out`] | how to observe a program: metrics, stalls, the table of tasks |

// Modules are listed by name, hence the letters.
macro_rules! chapters {
    ($($name:ident: $file:literal)+) => {$(
        #[doc = include_str!(concat!("../docs/tutorial/", $file))]
        pub mod $name {}
    )+};
}

chapters! {
    a_hello: "01-hello.md"
    b_tasks: "02-tasks.md"
    c_channels: "03-channels.md"
    d_echo: "04-echo.md"
    e_timeouts: "05-timeouts.md"
    f_groups: "06-groups.md"
    g_blocking: "07-blocking.md"
    h_shutdown: "08-shutdown.md"
    i_http: "09-http.md"
    j_testing: "10-testing.md"
    k_finding_out: "11-finding-out.md"
}
