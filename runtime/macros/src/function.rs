//! The parts of a function that the attributes check or move, found in its tokens.

use crate::tokens::{
    Delimiter, Mistakes, Result, TokenStream, TokenTree, Tokens, bare, is_group, is_mark, is_word,
};

/// The parts of a function. A missing part is empty. The body stays unparsed, since the compiler
/// reports mistakes in it better.
#[derive(Default)]
pub(crate) struct Function {
    /// Each is a `#` and the brackets.
    pub(crate) attributes: Vec<[TokenTree; 2]>,
    pub(crate) visibility: Vec<TokenTree>,
    pub(crate) constness: Vec<TokenTree>,
    pub(crate) asyncness: Vec<TokenTree>,
    pub(crate) unsafety: Vec<TokenTree>,
    /// `extern` and the name of the ABI.
    pub(crate) abi: Vec<TokenTree>,
    /// The word `fn`.
    pub(crate) keyword: Vec<TokenTree>,
    pub(crate) name: TokenStream,
    /// With `<` and `>`.
    pub(crate) generics: Vec<TokenTree>,
    /// Without the parentheses.
    pub(crate) inputs: Vec<TokenTree>,
    /// With the arrow.
    pub(crate) output: Vec<TokenTree>,
    pub(crate) where_clause: Vec<TokenTree>,
    /// In braces.
    pub(crate) body: Vec<TokenTree>,
}

impl Function {
    /// Finds the parts of `item`.
    ///
    /// # Errors
    ///
    /// If `item` is not a function with a body, returns `message` at the token that shows this.
    pub(crate) fn parse(item: TokenStream, message: &str) -> Result<Self> {
        let mut found = Self::default();
        let mut tokens = Tokens::new(bare(item));
        while let Some(hash) = tokens.take_mark('#') {
            let brackets = tokens.next().expect("an attribute's brackets come next");
            found.attributes.push([hash, brackets]);
        }
        // A `$visibility:vis` of a macro has this form, even if it is empty.
        if let Some(variable) = tokens.take_group(Delimiter::None) {
            found.visibility.push(variable);
        }
        if let Some(word) = tokens.take_word("pub") {
            found.visibility.push(word);
            found
                .visibility
                .extend(tokens.take_group(Delimiter::Parenthesis));
        }
        found.constness.extend(tokens.take_word("const"));
        found.asyncness.extend(tokens.take_word("async"));
        found.unsafety.extend(tokens.take_word("unsafe"));
        if let Some(word) = tokens.take_word("extern") {
            found.abi.push(word);
            if matches!(tokens.peek(), Some(token) if !is_word(token, "fn")) {
                found.abi.extend(tokens.next());
            }
        }
        let Some(keyword) = tokens.take_word("fn") else {
            let here: Vec<TokenTree> = tokens.next().into_iter().collect();
            return Err(Mistakes::over(&here, message));
        };
        found.keyword.push(keyword);
        found.name.extend(tokens.next());
        found.generics = generics(&mut tokens);
        if let Some(TokenTree::Group(parentheses)) = tokens.take_group(Delimiter::Parenthesis) {
            found.inputs = parentheses.stream().into_iter().collect();
        }

        let mut rest = tokens.rest();
        let body: Vec<TokenTree> = rest
            .pop()
            .map(|last| bare(last.into()))
            .into_iter()
            .flatten()
            .collect();
        if !matches!(&body[..], [body] if is_group(body, Delimiter::Brace)) {
            return Err(Mistakes::over(&body, message));
        }
        found.body = body;
        let clause = rest.iter().position(|token| is_word(token, "where"));
        found.where_clause = rest.split_off(clause.unwrap_or(rest.len()));
        found.output = rest;
        Ok(found)
    }
}

/// Takes everything from `<` to the matching `>`.
fn generics(tokens: &mut Tokens) -> Vec<TokenTree> {
    let mut found = Vec::new();
    let mut depth = 0;
    while let Some(token) = tokens.peek() {
        let is_arrow = found.last().is_some_and(|last| is_mark(last, '-'));
        if is_mark(token, '<') {
            depth += 1;
        } else if is_mark(token, '>') && !is_arrow {
            depth -= 1;
        }
        if depth == 0 && found.is_empty() {
            break;
        }
        found.extend(tokens.next());
        if depth == 0 {
            break;
        }
    }
    found
}
