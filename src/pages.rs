//! The pages of the repository whose examples are run, beside the [`guide`](crate::guide)'s.

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
