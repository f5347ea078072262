//! Just enough of Rust's grammar to find the names in a source file.

/// Every path that starts with `crate::` or `super::`, as segments below the crate.
pub(super) fn paths(code: &str, module: &[&str]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code
        .match_indices("crate::")
        .chain(code.match_indices("super::"))
    {
        if code[..at].ends_with(|c: char| is_word(c) || c == ':') {
            continue;
        }
        let mut rest = &code[at..];
        let mut base: Vec<String> = module.iter().map(ToString::to_string).collect();
        if let Some(below) = rest.strip_prefix("crate::") {
            (rest, base) = (below, Vec::new());
        }
        while let Some(below) = rest.strip_prefix("super::") {
            rest = below;
            base.pop();
        }
        tree(base, rest, &mut found);
    }
    found
}

/// Reads a path or a `use` tree, and returns what follows it.
pub(super) fn tree<'t>(
    mut path: Vec<String>,
    mut text: &'t str,
    found: &mut Vec<Vec<String>>,
) -> &'t str {
    loop {
        if let Some(group) = text.strip_prefix('{') {
            text = group;
            while let Some(next) = text.find(|c: char| is_word(c) || c == '}') {
                if text[next..].starts_with('}') {
                    return &text[next + 1..];
                }
                text = tree(path.clone(), &text[next..], found);
                text = text.find([',', '}']).map_or("", |end| &text[end..]);
            }
            return text;
        }
        let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
        if end > 0 {
            path.push(text[..end].to_owned());
        }
        text = &text[end..];
        match text.strip_prefix("::") {
            Some(rest) if end > 0 => text = rest,
            _ => {
                found.push(path);
                return text;
            }
        }
    }
}

/// Whether a word of Rust occurs, and not only as the end of a longer one. A crate's name, which
/// ends in `::`, must be at the head of its path.
pub(super) fn says(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        let inside = before
            .strip_suffix("::")
            .is_some_and(|path| path.ends_with(is_word));
        let longer = before.ends_with(is_word)
            || (word.ends_with(is_word) && after.starts_with(is_word))
            || (word.ends_with("::") && inside);
        !longer
    })
}

/// A file without its comments and without the tests at its bottom.
pub(super) fn code(source: &str) -> String {
    let shipped = source
        .split("\n#[cfg(test)]\nmod tests")
        .next()
        .unwrap_or(source);
    let lines = shipped
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .map(|line| line.split(" // ").next().unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
