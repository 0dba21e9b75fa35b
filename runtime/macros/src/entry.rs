//! Checks the function under an attribute, and generates the synchronous function that runs it.

use crate::args::Args;
use crate::function::Function;
use crate::tokens::{
    Literal, Mistakes, Result, TokenStream, TokenTree, bare, fill, is_mark, is_word, respan,
};

/// Default number of workers of a test: enough for real parallelism, few enough for hundreds of
/// tests in parallel.
const TEST_WORKER_THREADS: usize = 2;

/// Which of the two attributes was used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Main,
    Test,
}

impl Kind {
    fn attribute(self) -> &'static str {
        match self {
            Kind::Main => "#[heist::main]",
            Kind::Test => "#[heist::test]",
        }
    }
}

/// Returns the new function. After a mistake, returns its report and the function expanded without
/// the arguments, or if that fails too, the original item, so that the compiler and the editor
/// still know the item.
pub(crate) fn expand(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    try_expand(kind, args, item.clone()).unwrap_or_else(|mistakes| {
        let mut tokens = mistakes.into_code();
        let without = try_expand(kind, TokenStream::new(), item.clone());
        tokens.extend(without.unwrap_or(item));
        tokens
    })
}

fn try_expand(kind: Kind, args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let args = Args::parse(args)?;
    let what = format!("{} goes on an `async fn` with a body", kind.attribute());
    let function = Function::parse(item, &what)?;
    check(kind, &function)?;

    let heist = args.heist.unwrap_or_else(|| fill("::heist", &[]));
    let mut import = TokenStream::new();
    let mut settings = TokenStream::new();
    let default = (kind == Kind::Test).then_some(TEST_WORKER_THREADS);
    if let Some(number) = args.worker_threads.or(default) {
        let number = TokenTree::from(Literal::usize_suffixed(number)).into();
        settings.extend(fill(".worker_threads($number)", &[("number", &number)]));
    }
    if let Some(name) = args.name {
        let name = TokenTree::from(name).into();
        settings.extend(fill(".name($name)", &[("name", &name)]));
    }
    // Spanned at the argument, so that the compiler reports there that the method is missing if the
    // feature is.
    if let Some((paused, span)) = args.start_paused {
        let call = fill(&format!(".start_paused({paused})"), &[]);
        settings.extend(respan(call, span));
    }
    // Spanned at the argument, so that the compiler reports there which feature the module needs.
    if let Some(span) = args.tokio {
        let tokio = respan(fill("tokio", &[]), span);
        let parts = [("heist", &heist), ("tokio", &tokio)];
        import = fill("use $heist::$tokio::BuilderExt as _;", &parts);
        settings.extend(fill(".tokio($heist::$tokio::Tokio::new())", &parts));
    }
    let test = match kind {
        Kind::Main => TokenStream::new(),
        Kind::Test => fill("#[::core::prelude::v1::test]", &[]),
    };

    // The user's function keeps its declared return type inside the new one, so that a type error
    // in the body is reported there, as it would be without the attribute.
    let template = "
        $attributes
        $test
        $visibility fn $name() $output {
            $asyncness $keyword $name() $output $body
            $import
            $heist::runtime::Builder::new()
                $settings
                .build()
                .unwrap_or_else(|error| ::core::panic!(\"cannot start the heist runtime: {error}\"))
                .block_on($name())
        }";
    let parts = [
        (
            "attributes",
            &function.attributes.into_iter().flatten().collect(),
        ),
        ("test", &test),
        ("visibility", &function.visibility.into_iter().collect()),
        ("asyncness", &function.asyncness.into_iter().collect()),
        ("keyword", &function.keyword.into_iter().collect()),
        ("name", &function.name),
        ("output", &function.output.into_iter().collect()),
        ("body", &function.body.into_iter().collect()),
        ("import", &import),
        ("heist", &heist),
        ("settings", &settings),
    ];
    Ok(fill(template, &parts))
}

/// Reports all reasons why `function` cannot be run by a function without arguments.
fn check(kind: Kind, function: &Function) -> Result<()> {
    let attribute = kind.attribute();
    let mut found = Vec::new();
    let mut mistake = |tokens: &[TokenTree], message| {
        found.extend(Mistakes::over(tokens, message).0);
    };

    if function.asyncness.is_empty() {
        let message = format!("{attribute} goes on an `async fn`: add `async` here");
        mistake(&function.keyword, message);
    }
    for (tokens, what) in [
        (&function.constness, "be `const`"),
        (&function.unsafety, "be `unsafe`"),
        (&function.abi, "be `extern`"),
        (&function.generics, "be generic"),
        (&function.where_clause, "have a `where` clause"),
        (&function.inputs, "take arguments"),
    ] {
        if !tokens.is_empty() {
            let message = format!("a function under {attribute} cannot {what}");
            mistake(tokens, message);
        }
    }
    if kind == Kind::Test {
        for again in function
            .attributes
            .iter()
            .filter(|[_, brackets]| is_test(brackets))
        {
            let message = format!("{attribute} makes this a test already: remove `#[test]`");
            mistake(again, message);
        }
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(Mistakes(found))
    }
}

/// Returns whether these are the brackets of `#[test]`.
fn is_test(brackets: &TokenTree) -> bool {
    let TokenTree::Group(group) = brackets else {
        return false;
    };
    let tokens: Vec<TokenTree> = bare(group.stream()).into_iter().collect();
    is_word(&tokens[0], "test") && !tokens.get(1).is_some_and(|next| is_mark(next, ':'))
}

#[cfg(test)]
mod tests;
