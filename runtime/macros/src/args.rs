//! The arguments of an attribute: `worker_threads = 4, crate = "path"`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Expr, ExprLit, Ident, Lit, Path, Result, Token};

/// The given arguments; `None` for one that was not given.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) worker_threads: Option<usize>,
    pub(crate) name: Option<String>,
    /// With the position of the argument.
    pub(crate) start_paused: Option<(bool, Span)>,
    /// The position of the argument, if it was given.
    pub(crate) tokio: Option<Span>,
    pub(crate) heist: Option<Path>,
}

impl Parse for Args {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut args = Self::default();
        while !input.is_empty() {
            // `crate` is a keyword, so this takes any word.
            let name = input.call(Ident::parse_any)?;
            match name.to_string().as_str() {
                "worker_threads" => set(&mut args.worker_threads, &name, input, worker_threads)?,
                "name" => set(&mut args.name, &name, input, runtime_name)?,
                "start_paused" => set(&mut args.start_paused, &name, input, start_paused)?,
                "tokio" => {
                    if args.tokio.replace(name.span()).is_some() {
                        return Err(given_twice(&name));
                    }
                }
                "crate" => set(&mut args.heist, &name, input, path)?,
                "flavor" => {
                    let message = "heist has one kind of runtime and no `flavor`: leave it out, or \
                                   say `worker_threads = 1` for a single worker (for a runtime on \
                                   this thread alone there is `Builder::build_current_thread`)";
                    return Err(Error::new(name.span(), message));
                }
                other => {
                    let message = format!(
                        "unknown argument `{other}`: there are `worker_threads = N`, \
                         `name = \"NAME\"`, `start_paused = true`, `tokio` and `crate = \"path\"`"
                    );
                    return Err(Error::new(name.span(), message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    }
}

/// Reads `= value` into the `slot` of the argument `name`.
fn set<T>(
    slot: &mut Option<T>,
    name: &Ident,
    input: ParseStream<'_>,
    read: fn(&Expr) -> Result<T>,
) -> Result<()> {
    if slot.is_some() {
        return Err(given_twice(name));
    }
    input.parse::<Token![=]>()?;
    *slot = Some(read(&input.parse()?)?);
    Ok(())
}

fn given_twice(name: &Ident) -> Error {
    Error::new(name.span(), format!("argument `{name}` is given twice"))
}

fn worker_threads(value: &Expr) -> Result<usize> {
    let number = match value {
        Expr::Lit(ExprLit {
            lit: Lit::Int(literal),
            ..
        }) => literal.base10_parse().ok(),
        _ => None,
    };
    number.filter(|&n| n >= 1).ok_or_else(|| {
        let message =
            "`worker_threads` must be a number of at least 1, such as `worker_threads = 4`";
        Error::new_spanned(value, message)
    })
}

fn runtime_name(value: &Expr) -> Result<String> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) if !literal.value().trim().is_empty() => Ok(literal.value()),
        _ => {
            let message = "`name` must be a string that is not blank, such as `name = \"web\"`";
            Err(Error::new_spanned(value, message))
        }
    }
}

fn start_paused(value: &Expr) -> Result<(bool, Span)> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Bool(literal),
            ..
        }) => Ok((literal.value, literal.span)),
        _ => {
            let message = "`start_paused` must be `true` or `false`";
            Err(Error::new_spanned(value, message))
        }
    }
}

fn path(value: &Expr) -> Result<Path> {
    let path = match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => literal.parse_with(Path::parse_mod_style).ok(),
        _ => None,
    };
    path.ok_or_else(|| {
        let message = "`crate` must be a path in quotes, such as `crate = \"heist\"`";
        Error::new_spanned(value, message)
    })
}
