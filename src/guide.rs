//! A tutorial: eleven short chapters, each with a program that fits on a page and what it prints.
//!
//! Read them in order, or pick one. In the repository they are in `docs/tutorial`.
//!
//! | chapter | shows |
//! | --- | --- |
//! | [`a_hello`] | a program, `async` and `.await` |
//! | [`b_tasks`] | several things at once, their results, and one that panics |
//! | [`c_channels`] | tasks that pass each other messages |
//! | [`d_echo`] | TCP, a task for each connection |
//! | [`e_timeouts`] | giving up, and asking somebody else to |
//! | [`f_groups`] | tasks that succeed or fail together, failures that nobody awaits |
//! | [`g_blocking`] | code that does not await, and why it is harmless here |
//! | [`h_shutdown`] | a server that ends in order |
//! | [`i_http`] | libraries that are written for tokio |
//! | [`j_testing`] | tests of hours that take milliseconds |
//! | [`k_finding_out`] | what the program does: metrics, stalls, the table of tasks |

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
