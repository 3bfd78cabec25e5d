//! Which language a caller prefers, by the quality values of `Accept-Language` (RFC 9110, 12.5.4).

use servicedesk_domain::kernel::Language;

/// The language of the product with the highest quality; of equals the one named first. English,
/// where neither is acceptable or nothing can be read.
pub(super) fn preferred(header: &str) -> Language {
    let ranges: Vec<(&str, u16)> = header.split(',').filter_map(range).collect();
    let quality = |language: Language| {
        let code = match language {
            Language::Ru => "ru",
            Language::En => "en",
        };
        let is_of =
            |tag: &str| tag.split('-').next().is_some_and(|one| one.eq_ignore_ascii_case(code));
        let named = ranges.iter().enumerate().filter(|(_, (tag, _))| is_of(tag));
        // A range that names the language goes before the one for all others.
        let best = named.max_by_key(|(index, (_, quality))| (*quality, usize::MAX - index));
        let others = || ranges.iter().enumerate().find(|(_, (tag, _))| *tag == "*");
        best.or_else(others).map(|(index, (_, quality))| (*quality, usize::MAX - index))
    };
    let acceptable = |language| quality(language).filter(|(quality, _)| *quality > 0);
    match (acceptable(Language::Ru), acceptable(Language::En)) {
        (Some(russian), english) if english.is_none_or(|english| russian > english) => Language::Ru,
        _ => Language::En,
    }
}

/// A language range with its quality in thousandths; `None` if it is not written as one.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let Some(weight) = parts.next() else { return Some((tag, 1_000)) };
    let value = weight.strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?.trim();
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    let is_decimals = decimals.len() <= 3 && decimals.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = format!("{decimals:0<3}").parse().ok().filter(|_| is_decimals)?;
    match whole {
        "0" => Some((tag, thousandths)),
        "1" if thousandths == 0 => Some((tag, 1_000)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_quality_is_preferred() {
        use Language::{En, Ru};
        for (header, expected) in [
            ("", En),
            ("ru", Ru),
            ("ru-RU", Ru),
            ("en;q=0.5, ru;q=0.9", Ru),
            ("ru;q=0.5, en;q=0.9", En),
            ("ru;q=0.8, en-US;q=0.8", Ru),
            ("en-US, ru", En),
            ("de, ru;q=0.1", Ru),
            ("en;q=0, *", Ru),
            ("ru;q=0", En),
            ("ru;q=0, *", En),
            ("en;q=0.001, ru;q=0", En),
            ("*", En),
            ("*, ru;q=0.5", En),
            ("RU;Q=1.000, en;q=0.999", Ru),
            ("ru;q=2, en;q=0.1", En),
            ("ru;q=0.1234, en;q=0.1", En),
            ("rus, en;q=0.1", En),
            ("uk-UA,uk;q=0.9,ru;q=0.8,en;q=0.7", Ru),
            (";q=1, ru ; q=0.5 ", Ru),
        ] {
            assert_eq!(preferred(header), expected, "{header}");
        }
    }
}
