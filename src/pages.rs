//! The repository's pages whose examples are run, in addition to the [`guide`](crate::guide)'s.

macro_rules! pages {
    ($($file:literal)+) => {$(
        #[doc = include_str!(concat!("../", $file))]
        const _: () = ();
    )+};
}

pages! {
    "README.md"
    "docs/FROM_ASYNCIO.md"
    "docs/FROM_GO.md"
    "docs/FROM_SMOL.md"
    "docs/FROM_TOKIO.md"
}
