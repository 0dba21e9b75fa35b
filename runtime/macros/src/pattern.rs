//! Patterns of `heist::select!`, made to match a reference.
//!
//! `select!` checks whether an output matches before it moves the output out of the loop; only
//! after that may the pattern move it. The check matches against `&output`, where `mut` and `ref`
//! before a name are errors; they make no difference to what matches.

use crate::tokens::{Group, TokenStream, TokenTree, bare, is_word};

/// Returns the pattern without the `mut` and `ref` before names.
pub(crate) fn by_reference(pattern: TokenStream) -> TokenStream {
    clean(bare(pattern))
}

fn clean(tokens: TokenStream) -> TokenStream {
    // Whether `mut` would belong to the preceding token: `&mut`, `&'a mut`, `*mut`.
    let mut is_pointer = false;
    let keep = |token: TokenTree| {
        let was_pointer = is_pointer;
        is_pointer = match &token {
            TokenTree::Punct(punct) => {
                matches!(punct.as_char(), '&' | '*') || was_pointer && punct.as_char() == '\''
            }
            // The name of a lifetime comes in between.
            TokenTree::Ident(_) => was_pointer && !is_word(&token, "mut"),
            _ => false,
        };
        match token {
            token if is_word(&token, "ref") || is_word(&token, "mut") && !was_pointer => None,
            TokenTree::Group(group) => {
                let mut cleaned = Group::new(group.delimiter(), clean(group.stream()));
                cleaned.set_span(group.span());
                Some(TokenTree::Group(cleaned))
            }
            token => Some(token),
        }
    };
    tokens.into_iter().filter_map(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::by_reference;
    use crate::tokens::TokenStream;

    #[test]
    fn bindings_lose_their_modes() {
        for (pattern, expected) in [
            ("mut x", "x"),
            ("ref mut x", "x"),
            ("Some(mut x)", "Some(x)"),
            ("Ok(Point { ref x, mut y, .. })", "Ok(Point { x, y, .. })"),
            ("mut all @ [ref first, ..]", "all @ [first, ..]"),
            ("&mut x", "&mut x"),
            ("&mut (mut x, ref y)", "&mut (x, y)"),
            (
                "<&'static mut T>::ONE | <*mut T>::TWO",
                "<&'static mut T>::ONE | <*mut T>::TWO",
            ),
            ("referred", "referred"),
        ] {
            let tokens = |text: &str| text.parse::<TokenStream>().unwrap();
            let cleaned = by_reference(tokens(pattern)).to_string();
            assert_eq!(cleaned, tokens(expected).to_string(), "{pattern}");
        }
    }
}
