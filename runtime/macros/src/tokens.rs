//! The compiler's tokens, and operations on them. `syn` is not used, since it and its dependencies
//! took a tenth of the time to build heist from scratch.
//!
//! The tests of this package use the tokens of `proc-macro2`, which work outside the compiler.

use std::fmt::Display;
use std::iter::Peekable;

#[cfg(not(test))]
pub(crate) use proc_macro::{
    Delimiter, Group, Literal, Span, TokenStream, TokenTree, token_stream,
};
#[cfg(test)]
pub(crate) use proc_macro2::{
    Delimiter, Group, Literal, Span, TokenStream, TokenTree, token_stream,
};

pub(crate) type Result<T> = std::result::Result<T, Mistakes>;

/// At least one message to the user.
#[derive(Debug)]
pub(crate) struct Mistakes(pub(crate) Vec<Mistake>);

/// A message and the tokens that it points at.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) message: String,
    pub(crate) first: Span,
    pub(crate) last: Span,
}

impl Mistakes {
    pub(crate) fn at(span: Span, message: impl Display) -> Self {
        Self(vec![Mistake {
            message: message.to_string(),
            first: span,
            last: span,
        }])
    }

    /// Points at all of `tokens`, or at the attribute itself if there are none.
    pub(crate) fn over(tokens: &[TokenTree], message: impl Display) -> Self {
        let attribute = Span::call_site();
        Self(vec![Mistake {
            message: message.to_string(),
            first: tokens.first().map_or(attribute, TokenTree::span),
            last: tokens.last().map_or(attribute, TokenTree::span),
        }])
    }

    /// Returns code that makes the compiler report the messages.
    pub(crate) fn into_code(self) -> TokenStream {
        self.0.into_iter().flat_map(Mistake::into_code).collect()
    }
}

impl Mistake {
    /// Returns code that makes the compiler report the message. It points at everything from the
    /// span of the macro's path to that of the message, that is, from `first` to `last`.
    fn into_code(self) -> TokenStream {
        let message = TokenTree::from(Literal::string(&self.message));
        let message = respan(TokenStream::from(message), self.last);
        let mut braces = Group::new(Delimiter::Brace, message);
        braces.set_span(self.last);
        let mut code = respan(code("::core::compile_error!"), self.first);
        code.extend([TokenTree::from(braces)]);
        code
    }
}

/// Parses code that is part of this package.
fn code(source: &str) -> TokenStream {
    source.parse().expect("the source is written here")
}

/// Parses `template` and replaces each `$name` by the tokens of that name.
pub(crate) fn fill(template: &str, parts: &[(&str, &TokenStream)]) -> TokenStream {
    fill_in(code(template), parts)
}

fn fill_in(template: TokenStream, parts: &[(&str, &TokenStream)]) -> TokenStream {
    let mut filled = TokenStream::new();
    let mut tokens = template.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '$' => {
                let name = tokens.next().expect("a name comes next").to_string();
                let part = parts.iter().find(|(known, _)| *known == name);
                let (_, part) = part.expect("it is one of the parts");
                filled.extend((*part).clone());
            }
            TokenTree::Group(group) => {
                let inner = fill_in(group.stream(), parts);
                filled.extend([TokenTree::from(Group::new(group.delimiter(), inner))]);
            }
            token => filled.extend([token]),
        }
    }
    filled
}

/// Returns the same tokens, with `span` as their position.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let respanned = tokens.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            token = Group::new(group.delimiter(), respan(group.stream(), span)).into();
        }
        token.set_span(span);
        token
    });
    respanned.collect()
}

/// An iterator over tokens that takes the next one if it is of a certain kind.
pub(crate) struct Tokens(Peekable<token_stream::IntoIter>);

impl Tokens {
    pub(crate) fn new(tokens: TokenStream) -> Self {
        Self(tokens.into_iter().peekable())
    }

    pub(crate) fn next(&mut self) -> Option<TokenTree> {
        self.0.next()
    }

    pub(crate) fn peek(&mut self) -> Option<&TokenTree> {
        self.0.peek()
    }

    pub(crate) fn take_word(&mut self, word: &str) -> Option<TokenTree> {
        self.0.next_if(|token| is_word(token, word))
    }

    pub(crate) fn take_mark(&mut self, mark: char) -> Option<TokenTree> {
        self.0.next_if(|token| is_mark(token, mark))
    }

    pub(crate) fn take_group(&mut self, delimiter: Delimiter) -> Option<TokenTree> {
        self.0.next_if(|token| is_group(token, delimiter))
    }

    /// Takes the tokens before the next `mark`, or all.
    pub(crate) fn take_until(&mut self, mark: char) -> Vec<TokenTree> {
        let before = std::iter::from_fn(|| self.0.next_if(|token| !is_mark(token, mark)));
        before.collect()
    }

    pub(crate) fn rest(self) -> Vec<TokenTree> {
        self.0.collect()
    }
}

pub(crate) fn is_word(token: &TokenTree, word: &str) -> bool {
    let text = match token {
        TokenTree::Ident(ident) => ident.to_string(),
        _ => return false,
    };
    text == word
}

pub(crate) fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

pub(crate) fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

/// Unwraps `tokens` if they are a fragment that a macro has matched, as a group without delimiters.
pub(crate) fn bare(tokens: TokenStream) -> TokenStream {
    let mut iter = tokens.clone().into_iter();
    match (iter.next(), iter.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::None => {
            bare(group.stream())
        }
        _ => tokens,
    }
}
