//! The page that a browser gets at `/graphql`: GraphiQL, served from the binary itself, so that
//! it works on a network without internet and no other host can change what it runs.
//!
//! The routes are `GET /graphql` for [`page`] (when the client asks for HTML) and
//! `GET /graphql/assets/{name}` for [`asset`]. The page posts to `/graphql` and opens its
//! subscriptions on `/graphql/ws`.

use axum::{
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{Html, IntoResponse, Response},
};

mod embedded {
    //! What `build.rs` found in `web/graphiql`.
    include!(concat!(env!("OUT_DIR"), "/graphiql_assets.rs"));
}
use embedded::{ASSETS, BUILT_IN, VERSION};

/// Scripts come from this server alone and none stand in the page. GraphiQL's components place
/// themselves with style attributes and elements, and its style sheet carries fonts and
/// pictures as `data:` addresses, hence those two exceptions.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; \
    style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The GraphiQL page, or, in a program built without it, one that says so and shows the
/// endpoint's address as the request's `Host` names it.
pub fn page(request_headers: &HeaderMap) -> Response {
    let html = if BUILT_IN {
        include_str!("../../../web/graphiql/page.html").replace("{{version}}", VERSION)
    } else {
        absent(request_headers)
    };
    let headers: [(HeaderName, &str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, Html(html)).into_response()
}

/// One file of the page by its name, or 404. The page asks for it with the version in the
/// query, so a client may keep what it got for good.
pub fn asset(name: &str) -> Response {
    let Some((_, content_type, content)) = ASSETS.iter().find(|(known, ..)| *known == name) else {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    };
    let headers: [(HeaderName, &str); 3] = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, *content).into_response()
}

fn absent(request_headers: &HeaderMap) -> String {
    let host = host(request_headers).unwrap_or("localhost");
    let secure = request_headers.get("x-forwarded-proto").is_some_and(|proto| proto == "https");
    let s = if secure { "s" } else { "" };
    include_str!("../../../web/graphiql/absent.html")
        .replace("{{version}}", VERSION)
        .replace("{{endpoint}}", &format!("http{s}://{host}/graphql"))
        .replace("{{socket}}", &format!("ws{s}://{host}/graphql/ws"))
}

/// The `Host` header, if it holds nothing that could mean something in HTML or in a shell.
fn host(request_headers: &HeaderMap) -> Option<&str> {
    let host = request_headers.get(HOST)?.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    (!host.is_empty() && host.chars().all(plain)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_served() {
        if !BUILT_IN {
            return;
        }
        let page = include_str!("../../../web/graphiql/page.html");
        let named: Vec<_> = page
            .split("/graphql/assets/")
            .skip(1)
            .map(|rest| rest.split('?').next().unwrap_or_default())
            .collect();
        assert_eq!(named.len(), ASSETS.len());
        for name in named {
            assert_eq!(asset(name).status(), StatusCode::OK, "{name}");
        }
    }

    #[test]
    fn an_unknown_file_is_not_found() {
        assert_eq!(asset("../Cargo.toml").status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn the_page_refuses_inline_scripts_and_framing() {
        let response = page(&HeaderMap::new());
        assert_eq!(response.status(), StatusCode::OK);
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().expect("it is ASCII");
        assert!(policy.contains("script-src 'self';"));
        assert!(policy.contains("frame-ancestors 'none'"));
    }

    #[test]
    fn without_graphiql_the_page_names_the_endpoint() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "desk.example:8080".parse().expect("a valid header"));
        let html = absent(&headers);
        assert!(html.contains("curl http://desk.example:8080/graphql"));
        assert!(html.contains("make graphiql"));
        assert!(!html.contains("{{"));
    }

    #[test]
    fn a_host_with_markup_is_not_repeated() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "<script>".parse().expect("a valid header"));
        assert!(absent(&headers).contains("http://localhost/graphql"));
    }
}
