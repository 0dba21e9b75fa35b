//! The arguments of an attribute: `worker_threads = 4, crate = "path"`.

use crate::tokens::{
    Literal, Mistakes, Result, Span, TokenStream, TokenTree, Tokens, bare, is_mark, is_word, respan,
};

/// The arguments; `None` for each that was not given.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) worker_threads: Option<usize>,
    /// The string literal as written.
    pub(crate) name: Option<Literal>,
    /// With the position of the argument.
    pub(crate) start_paused: Option<(bool, Span)>,
    /// The position of the argument, if it was given.
    pub(crate) tokio: Option<Span>,
    pub(crate) heist: Option<TokenStream>,
}

impl Args {
    pub(crate) fn parse(args: TokenStream) -> Result<Self> {
        let mut tokens = Tokens::new(args);
        let mut args = Self::default();
        while let Some(name) = tokens.next() {
            let TokenTree::Ident(_) = name else {
                return Err(Mistakes::at(name.span(), "expected an argument's name"));
            };
            match name.to_string().as_str() {
                "worker_threads" => {
                    set(&mut args.worker_threads, &name, &mut tokens, worker_threads)?;
                }
                "name" => set(&mut args.name, &name, &mut tokens, runtime_name)?,
                "start_paused" => set(&mut args.start_paused, &name, &mut tokens, start_paused)?,
                "tokio" => {
                    if args.tokio.replace(name.span()).is_some() {
                        return Err(given_twice(&name));
                    }
                }
                "crate" => set(&mut args.heist, &name, &mut tokens, path)?,
                "flavor" => {
                    let message = "heist has one kind of runtime and no `flavor`: leave it out, or \
                                   say `worker_threads = 1` for a single worker (for a runtime on \
                                   this thread alone there is `Builder::build_current_thread`)";
                    return Err(Mistakes::at(name.span(), message));
                }
                other => {
                    let message = format!(
                        "unknown argument `{other}`: there are `worker_threads = N`, \
                         `name = \"NAME\"`, `start_paused = true`, `tokio` and `crate = \"path\"`"
                    );
                    return Err(Mistakes::at(name.span(), message));
                }
            }
            match tokens.next() {
                Some(other) if !is_mark(&other, ',') => {
                    return Err(Mistakes::at(other.span(), "expected `,`"));
                }
                _ => {}
            }
        }
        Ok(args)
    }
}

/// Reads a value of one token. The error says what the value must be.
type Read<T> = fn(&TokenTree) -> std::result::Result<T, &'static str>;

/// Reads `= value` into the `slot` of the argument `name`.
fn set<T>(
    slot: &mut Option<T>,
    name: &TokenTree,
    tokens: &mut Tokens,
    read: Read<T>,
) -> Result<()> {
    if slot.is_some() {
        return Err(given_twice(name));
    }
    if tokens.take_mark('=').is_none() {
        let here = tokens.peek().unwrap_or(name).span();
        return Err(Mistakes::at(here, "expected `=` and a value"));
    }
    let value = bare(tokens.take_until(',').into_iter().collect());
    let value: Vec<TokenTree> = value.into_iter().collect();
    let Some(first) = value.first() else {
        return Err(Mistakes::at(name.span(), "expected a value"));
    };
    match (read(first), value.get(1)) {
        (Ok(_), Some(second)) => Err(Mistakes::at(second.span(), "expected `,`")),
        (Ok(read), None) => {
            *slot = Some(read);
            Ok(())
        }
        (Err(message), _) => Err(Mistakes::over(&value, message)),
    }
}

fn given_twice(name: &TokenTree) -> Mistakes {
    Mistakes::at(name.span(), format!("argument `{name}` is given twice"))
}

fn worker_threads(value: &TokenTree) -> std::result::Result<usize, &'static str> {
    let digits = value.to_string().replace('_', "");
    let number = digits.trim_end_matches("usize").parse();
    number
        .ok()
        .filter(|&n| n >= 1)
        .ok_or("`worker_threads` must be a number of at least 1, such as `worker_threads = 4`")
}

fn runtime_name(value: &TokenTree) -> std::result::Result<Literal, &'static str> {
    match value {
        TokenTree::Literal(literal) if text(value).is_some_and(|text| !text.trim().is_empty()) => {
            Ok(literal.clone())
        }
        _ => Err("`name` must be a string that is not blank, such as `name = \"web\"`"),
    }
}

fn start_paused(value: &TokenTree) -> std::result::Result<(bool, Span), &'static str> {
    let is = |word| is_word(value, word);
    (is("true") || is("false"))
        .then(|| (is("true"), value.span()))
        .ok_or("`start_paused` must be `true` or `false`")
}

fn path(value: &TokenTree) -> std::result::Result<TokenStream, &'static str> {
    let tokens = text(value).and_then(|text| text.parse::<TokenStream>().ok());
    tokens
        .filter(|tokens| is_path(tokens.clone()))
        .map(|tokens| respan(tokens, value.span()))
        .ok_or("`crate` must be a path in quotes, such as `crate = \"heist\"`")
}

/// Returns whether these are names separated, and optionally preceded, by `::`.
fn is_path(tokens: TokenStream) -> bool {
    let mut is_name_due = true;
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(_) if colons != 1 && (is_name_due || colons == 2) => {
                (is_name_due, colons) = (false, 0);
            }
            colon if is_mark(&colon, ':') && colons < 2 => colons += 1,
            _ => return false,
        }
    }
    !is_name_due && colons == 0
}

/// Returns the text between the quotes of a string literal, with escapes as they are written.
fn text(value: &TokenTree) -> Option<String> {
    let TokenTree::Literal(literal) = value else {
        return None;
    };
    let literal = literal.to_string();
    let quoted = literal.strip_prefix('r').unwrap_or(&literal);
    let text = quoted.trim_matches('#');
    Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())
}
