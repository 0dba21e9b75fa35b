//! Checks the function under an attribute, and generates the synchronous function that runs it.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Result, Signature, Visibility, parse_quote};

use crate::args::Args;

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

/// The body stays unparsed, since the compiler reports mistakes in it better.
struct Function {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    signature: Signature,
    body: Group,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

/// Returns the new function. After a mistake, returns its report and the function expanded without
/// the arguments, or if that fails too, the original item, so that the compiler and the editor
/// still know the item.
pub(crate) fn expand(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    try_expand(kind, args, item.clone()).unwrap_or_else(|error| {
        let mut tokens = error.into_compile_error();
        let without = try_expand(kind, TokenStream::new(), item.clone());
        tokens.extend(without.unwrap_or(item));
        tokens
    })
}

fn try_expand(kind: Kind, args: TokenStream, item: TokenStream) -> Result<TokenStream> {
    let args: Args = syn::parse2(args)?;
    let function: Function = syn::parse2(item).map_err(|error| {
        let message = format!("{} goes on an `async fn` with a body", kind.attribute());
        Error::new(error.span(), message)
    })?;
    check(kind, &function)?;

    let heist = args.heist.unwrap_or_else(|| parse_quote!(::heist));
    let default = (kind == Kind::Test).then_some(TEST_WORKER_THREADS);
    let worker_threads = args
        .worker_threads
        .or(default)
        .map(|n| quote!(.worker_threads(#n)));
    let runtime_name = args.name.map(|name| quote!(.name(#name)));
    // Spanned at the argument, so that the compiler reports there that the method is missing if the
    // feature is.
    let start_paused = args
        .start_paused
        .map(|(paused, span)| quote_spanned!(span=> .start_paused(#paused)));
    // Spanned at the argument, so that the compiler reports there which feature the module needs.
    let tokio = args.tokio.map(|span| quote_spanned!(span=> tokio));
    let import = tokio
        .as_ref()
        .map(|tokio| quote!(use #heist::#tokio::BuilderExt as _;));
    let tokio = tokio.map(|tokio| quote!(.tokio(#heist::#tokio::Tokio::new())));
    let test = (kind == Kind::Test).then(|| quote!(#[::core::prelude::v1::test]));

    let Function {
        attributes,
        visibility,
        signature,
        body,
    } = function;
    let name = &signature.ident;
    let output = &signature.output;
    // The user's function keeps its declared return type inside the new one, so that a type error
    // in the body is reported there, as it would be without the attribute.
    Ok(quote! {
        #(#attributes)*
        #test
        #visibility fn #name() #output {
            #signature #body
            #import
            #heist::runtime::Builder::new()
                #worker_threads
                #runtime_name
                #start_paused
                #tokio
                .build()
                .unwrap_or_else(|error| ::core::panic!("cannot start the heist runtime: {error}"))
                .block_on(#name())
        }
    })
}

/// Reports all reasons why `function` cannot be run by a function without arguments.
fn check(kind: Kind, function: &Function) -> Result<()> {
    let Function {
        attributes,
        signature,
        ..
    } = function;
    let attribute = kind.attribute();
    let mut found: Option<Error> = None;
    let mut mistake = |tokens: &dyn ToTokens, message: String| {
        let error = Error::new_spanned(tokens.to_token_stream(), message);
        match &mut found {
            Some(found) => found.combine(error),
            None => found = Some(error),
        }
    };

    if signature.asyncness.is_none() {
        let message = format!("{attribute} goes on an `async fn`: add `async` here");
        mistake(&signature.fn_token, message);
    }
    if let Some(token) = &signature.constness {
        mistake(
            token,
            format!("a function under {attribute} cannot be `const`"),
        );
    }
    if let Some(token) = &signature.unsafety {
        mistake(
            token,
            format!("a function under {attribute} cannot be `unsafe`"),
        );
    }
    if let Some(abi) = &signature.abi {
        mistake(
            abi,
            format!("a function under {attribute} cannot be `extern`"),
        );
    }
    if !signature.generics.params.is_empty() {
        mistake(
            &signature.generics,
            format!("a function under {attribute} cannot be generic"),
        );
    }
    if let Some(clause) = &signature.generics.where_clause {
        mistake(
            clause,
            format!("a function under {attribute} cannot have a `where` clause"),
        );
    }
    if !signature.inputs.is_empty() || signature.variadic.is_some() {
        let message = format!("a function under {attribute} cannot take arguments");
        mistake(&signature.inputs, message);
    }
    if kind == Kind::Test {
        for again in attributes
            .iter()
            .filter(|attribute| attribute.path().is_ident("test"))
        {
            mistake(
                again,
                format!("{attribute} makes this a test already: remove `#[test]`"),
            );
        }
    }
    found.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests;
