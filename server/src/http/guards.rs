//! What is refused before any handler sees it, and what every answer carries.
//!
//! A page of another site must not reach this service through its visitor's browser: neither by a
//! name that points here (DNS rebinding: the Host check) nor by a form or a fetch (the Origin check).

use super::error::ApiError;
use super::state::AppState;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::time::Duration;

pub async fn refuse_other_sites(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match check_site(&request, &state.services.config.public_hosts) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn check_site(request: &Request, public_hosts: &[String]) -> Result<(), ApiError> {
    let host = requested_host(request)?;
    if !host
        .as_ref()
        .is_none_or(|host| is_own_host(host.host(), public_hosts))
    {
        let message = "this service does not answer to this host name; add it to `public_hosts`";
        return Err(ApiError::invalid(StatusCode::FORBIDDEN, message));
    }
    let changes_state = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes_state && !is_same_origin(request.headers(), host.as_ref()) {
        let message = "requests that change something must come from this service's own page";
        return Err(ApiError::invalid(StatusCode::FORBIDDEN, message));
    }
    Ok(())
}

/// From the `Host` header, or the address itself in HTTP/2. A host that cannot be read is not taken
/// for none.
fn requested_host(request: &Request) -> Result<Option<Authority>, ApiError> {
    let mut headers = request.headers().get_all(header::HOST).iter();
    match (headers.next(), headers.next()) {
        (None, _) => Ok(request.uri().authority().cloned()),
        (Some(host), None) => readable_host(host).map(Some).ok_or_else(unreadable_host),
        (Some(_), Some(_)) => Err(unreadable_host()),
    }
}

/// A name or an address, then nothing or a port.
fn readable_host(value: &HeaderValue) -> Option<Authority> {
    let authority: Authority = value.to_str().ok()?.parse().ok()?;
    let rest = authority.as_str().strip_prefix(authority.host())?;
    let is_port = |rest: &str| {
        rest.strip_prefix(':')
            .is_some_and(|port| port.parse::<u16>().is_ok())
    };
    (rest.is_empty() || is_port(rest)).then_some(authority)
}

fn unreadable_host() -> ApiError {
    let message = "the Host header is not a host name or address with an optional port";
    ApiError::invalid(StatusCode::BAD_REQUEST, message)
}

/// A plain address cannot be rebound: only names can.
fn is_own_host(host: &str, public_hosts: &[String]) -> bool {
    let name = host
        .trim_matches(['[', ']'])
        .trim_end_matches('.')
        .to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok()
        || public_hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(&name))
}

/// Programs send neither header; browsers send both on what matters here.
fn is_same_origin(headers: &HeaderMap, host: Option<&Authority>) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("invalid"));
    let site_fits = match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => true,
    };
    let origin_fits = match text(header::ORIGIN) {
        Some(origin) => {
            origin.split_once("://").map(|(_, authority)| authority) == host.map(Authority::as_str)
        }
        None => true,
    };
    site_fits && origin_fits
}

/// Pages bring their own policy with a nonce; everything else may load nothing at all.
const NOTHING_MAY_LOAD: &str = "default-src 'none'; frame-ancestors 'none'";

pub async fn add_security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, NOTHING_MAY_LOAD);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(header::CACHE_CONTROL, "no-store");
    response
}

pub async fn answer_in_time(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let limit = Duration::from_millis(state.services.config.http.request_timeout_ms);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::invalid(
            StatusCode::GATEWAY_TIMEOUT,
            "no answer in time; try again in a moment",
        )
        .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut builder = axum::http::Request::builder().method(method).uri("/chat");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        check_site(
            &builder.body(axum::body::Body::empty()).unwrap(),
            &["data.example".into()],
        )
        .is_ok()
    }

    #[test]
    fn own_names_and_plain_addresses_are_answered() {
        for host in [
            "localhost:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
            "10.1.2.3",
            "data.example",
            "Data.Example:80",
        ] {
            assert!(check("GET", &[("host", host)]), "{host}");
        }
    }

    #[test]
    fn a_rebound_name_is_refused() {
        for host in [
            "evil.example",
            "localhost.evil.example:3000",
            "127.0.0.1.evil.example",
        ] {
            assert!(!check("GET", &[("host", host)]), "{host}");
        }
    }

    #[test]
    fn a_host_that_cannot_be_read_is_refused() {
        for host in [
            "a b",
            "localhost:99999999",
            "localhost:http",
            "l\u{f6}calhost",
            "evil.example@localhost",
            "",
        ] {
            assert!(!check("GET", &[("host", host)]), "{host}");
        }
        let twice = [("host", "localhost"), ("host", "evil.example")];
        assert!(!check("GET", &twice));
    }

    #[test]
    fn only_the_own_page_and_programs_may_change_something() {
        let host = ("host", "localhost:3000");
        assert!(check("POST", &[host]));
        assert!(check(
            "POST",
            &[
                host,
                ("origin", "http://localhost:3000"),
                ("sec-fetch-site", "same-origin")
            ]
        ));
        assert!(!check("POST", &[host, ("origin", "http://evil.example")]));
        assert!(!check("POST", &[host, ("origin", "null")]));
        assert!(!check("POST", &[host, ("origin", "http://localhost:4000")]));
        assert!(!check("DELETE", &[host, ("sec-fetch-site", "cross-site")]));
        assert!(check("GET", &[host, ("sec-fetch-site", "cross-site")]));
    }
}
