//! The cookie of a session, and which pages may use it.
//!
//! A browser sends a cookie by itself, also where a page of another site makes it ask. So a client
//! known by a cookie may change something, or open a WebSocket, only from a page of this service or
//! of an origin that the operator has named (`cors_origins`). Who comes with a token in a header has
//! proved that it is their own client that asks.

use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Uri};
use servicedesk_service::access::Credential;
use servicedesk_service::error::ApiError;

use crate::config::Config;

/// The name over https: a browser takes it from this very host alone, and only with `Secure`.
const SECURE_NAME: &str = "__Host-servicedesk";
/// The name over http on one's own machine, where browsers refuse the other.
const PLAIN_NAME: &str = "servicedesk";
/// The longest that browsers keep a cookie. When the session ends is known to the service alone.
const MAX_AGE_SECONDS: u32 = 400 * 24 * 3_600;
const FETCH_SITE: &str = "sec-fetch-site";

/// How a session's cookie is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionCookie {
    /// Over https.
    Secure,
    /// Over http, to one's own machine.
    Plain,
}

impl SessionCookie {
    /// How it is sent to this client. What is asked for under a name of this machine travels
    /// over no network; anything else is taken to come through a proxy with https.
    pub(super) fn of(config: &Config, headers: &HeaderMap) -> Self {
        if !config.is_https() && host(headers).is_some_and(|host| is_own_machine(&host)) {
            Self::Plain
        } else {
            Self::Secure
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Secure => SECURE_NAME,
            Self::Plain => PLAIN_NAME,
        }
    }

    /// The session that a request shows.
    pub(super) fn read(self, headers: &HeaderMap) -> Option<Credential> {
        let sent = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = sent.flat_map(|value| value.split(';')).filter_map(|pair| {
            let (name, value) = pair.trim().split_once('=')?;
            (name == self.name()).then_some(value)
        });
        pairs.next().map(|token| Credential::Session(token.to_owned()))
    }

    /// The header that gives a client its session.
    ///
    /// # Errors
    /// `Internal` if the token cannot stand in a header, which is a mistake in the program.
    pub fn given(self, token: &str) -> Result<HeaderValue, ApiError> {
        self.header(token, MAX_AGE_SECONDS)
    }

    /// The header that takes it away.
    ///
    /// # Errors
    /// `Internal`, which is a mistake in the program.
    pub fn taken(self) -> Result<HeaderValue, ApiError> {
        self.header("", 0)
    }

    fn header(self, token: &str, max_age: u32) -> Result<HeaderValue, ApiError> {
        let secure = match self {
            Self::Secure => "; Secure",
            Self::Plain => "",
        };
        let name = self.name();
        let text =
            format!("{name}={token}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}");
        HeaderValue::from_str(&text).map_err(|error| ApiError::internal(&error))
    }
}

/// Whether the page that asks, if a page does, may use the session's cookie.
///
/// # Errors
/// `Forbidden` for pages of other sites.
pub(super) fn may_use_cookie(config: &Config, headers: &HeaderMap) -> Result<(), ApiError> {
    let is_allowed = match headers.get(ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| is_own(config, headers, origin)),
        // Browsers that name no origin say at least how far off the page is. What is no browser
        // says nothing.
        None => headers
            .get(FETCH_SITE)
            .is_none_or(|site| site.as_bytes() == b"same-origin" || site.as_bytes() == b"none"),
    };
    if is_allowed {
        Ok(())
    } else {
        Err(ApiError::Forbidden("pages of this origin may not use the session"))
    }
}

/// Whether an origin is this service's or one that the operator has named.
fn is_own(config: &Config, headers: &HeaderMap, origin: &str) -> bool {
    if config.cors_origins.iter().any(|named| named == origin) {
        return true;
    }
    if let Some(public_url) = &config.public_url {
        return origin_of(public_url).is_some_and(|own| own == origin);
    }
    let Some(host) = host(headers) else { return false };
    origin.split_once("://").is_some_and(|(scheme, authority)| {
        ["http", "https"].contains(&scheme) && authority.eq_ignore_ascii_case(&host)
    })
}

fn origin_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    Some(url.origin().ascii_serialization())
}

fn host(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(HOST)?.to_str().ok()?.to_owned())
}

fn is_own_machine(host: &str) -> bool {
    let Ok(uri) = host.parse::<Uri>() else { return false };
    let Some(name) = uri.host() else { return false };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (name.parse().expect("a name"), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    fn config(public_url: Option<&str>, cors_origins: &[&str]) -> Config {
        let cors_origins = cors_origins.iter().map(|one| (*one).to_owned()).collect();
        Config { public_url: public_url.map(str::to_owned), cors_origins, ..Config::default() }
    }

    #[test]
    fn only_ones_own_machine_gets_a_cookie_without_https() {
        let plain = config(None, &[]);
        for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "127.9.9.9"] {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            assert_eq!(SessionCookie::of(&plain, &headers), SessionCookie::Plain, "{host}");
            let public = config(Some("https://desk.example.com"), &[]);
            assert_eq!(SessionCookie::of(&public, &headers), SessionCookie::Secure, "{host}");
        }
        for host in ["desk.example.com", "localhost.example.com", "10.0.0.1", "", "[::2]"] {
            let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static(host))]);
            assert_eq!(SessionCookie::of(&plain, &headers), SessionCookie::Secure, "{host}");
        }
        assert_eq!(SessionCookie::of(&plain, &HeaderMap::new()), SessionCookie::Secure);
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name_and_written_so_that_no_script_reads_it() {
        let sent =
            headers(&[("cookie", "a=1; servicedesk=ss_plain; __Host-servicedesk=ss_secure")]);
        for (cookie, expected) in
            [(SessionCookie::Plain, "ss_plain"), (SessionCookie::Secure, "ss_secure")]
        {
            let Some(Credential::Session(token)) = cookie.read(&sent) else { panic!("none") };
            assert_eq!(token, expected);
        }
        assert!(SessionCookie::Plain.read(&headers(&[("cookie", "xservicedesk=1")])).is_none());
        assert_eq!(
            SessionCookie::Secure.given("ss_x").expect("a header"),
            "__Host-servicedesk=ss_x; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            SessionCookie::Plain.taken().expect("a header"),
            "servicedesk=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn pages_of_other_sites_may_not_use_the_cookie() {
        let own = config(None, &[]);
        let public = config(Some("https://desk.example.com/"), &["https://portal.example.com"]);
        let host = ("host", "localhost:8080");
        for (config, sent, is_allowed) in [
            (&own, vec![host], true),
            (&own, vec![host, ("origin", "http://localhost:8080")], true),
            (&own, vec![host, ("origin", "http://localhost:3000")], false),
            (&own, vec![host, ("origin", "null")], false),
            (&own, vec![("origin", "http://localhost:8080")], false),
            (&own, vec![host, ("sec-fetch-site", "same-origin")], true),
            (&own, vec![host, ("sec-fetch-site", "none")], true),
            (&own, vec![host, ("sec-fetch-site", "cross-site")], false),
            (&own, vec![host, ("sec-fetch-site", "same-site")], false),
            (&public, vec![("origin", "https://desk.example.com")], true),
            (&public, vec![("origin", "https://portal.example.com")], true),
            (&public, vec![("origin", "http://desk.example.com")], false),
            (&public, vec![("origin", "https://desk.example.com.evil.example")], false),
            // Another name of the same machine is not the one under which it is reached.
            (&public, vec![host, ("origin", "http://localhost:8080")], false),
        ] {
            let found = may_use_cookie(config, &headers(&sent)).is_ok();
            assert_eq!(found, is_allowed, "{sent:?}");
        }
    }
}
