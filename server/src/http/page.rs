//! The page: rendered here, its script and style served from the site's folder.
//!
//! Its content policy allows scripts of this service only, by nonce where they stand in the page.

use super::error::ApiError;
use super::gateway::ServiceGateway;
use super::state::AppState;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use csv_analyst_web::gateway::{Gateway, PageStatus};
use csv_analyst_web::{App, shell};
use leptos::nonce::use_nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// Adds the page's routes, and what is left: files of the site, then "nothing here".
pub fn add_pages(api: Router<AppState>, state: &AppState) -> Router<AppState> {
    let gateway: Arc<dyn Gateway> = Arc::new(ServiceGateway(state.services.clone()));
    let options = state.leptos.clone();
    let context = page_context(gateway);
    let pages = Router::new()
        .leptos_routes_with_context(state, generate_route_list(App), context, move || {
            shell(options.clone())
        })
        .route_layer(from_fn(render_in_time));
    api.merge(pages).fallback(file_or_nothing)
}

/// Longer than any page takes, with a thousand visitors at once.
const RENDERING_DEADLINE: Duration = Duration::from_secs(60);
const RENDERINGS: u32 = 3;

/// The renderer loses a wake-up of what it waits for now and then, under load on few processors
/// (leptos-rs/leptos#4647), and would then never answer. A page is whole before its first byte leaves,
/// so it can be rendered again.
async fn render_in_time(request: Request, next: Next) -> Response {
    render_within(RENDERING_DEADLINE, request, next).await
}

async fn render_within(deadline: Duration, request: Request, next: Next) -> Response {
    let (parts, _) = request.into_parts();
    for _ in 0..RENDERINGS {
        let again = Request::from_parts(parts.clone(), Body::empty());
        match tokio::time::timeout(deadline, next.clone().run(again)).await {
            Ok(page) => return page,
            Err(_) => tracing::warn!(path = parts.uri.path(), "a page was not rendered in time"),
        }
    }
    ApiError::internal("a page was never rendered").into_response()
}

fn page_context(gateway: Arc<dyn Gateway>) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(gateway.clone());
        provide_context(page_status());
        set_policy();
    }
}

/// Lets a page say that what it was asked for is not there.
fn page_status() -> PageStatus {
    let response = use_context::<ResponseOptions>();
    PageStatus(Arc::new(move |status| {
        if let (Some(response), Ok(status)) = (&response, StatusCode::from_u16(status)) {
            response.set_status(status);
        }
    }))
}

fn set_policy() {
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) else {
        return;
    };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(value) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, value);
    }
}

async fn file_or_nothing(State(state): State<AppState>, request: Request) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if let (true, Some(directory)) = (
        is_read && names_a_file(&request),
        &state.services.config.site.directory,
    ) {
        return file(directory, request).await;
    }
    match is_read && wants_html(&request) {
        true => missing_page(state, request).await,
        false => ApiError::not_found().into_response(),
    }
}

fn names_a_file(request: &Request) -> bool {
    request
        .uri()
        .path()
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
}

fn wants_html(request: &Request) -> bool {
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Names carry no hash, so a browser asks again each time and mostly hears "not modified".
async fn file(directory: &Path, request: Request) -> Response {
    let files = ServeDir::new(directory)
        .precompressed_br()
        .append_index_html_on_directories(false);
    let Ok(response) = files.oneshot(request).await;
    if !response.status().is_success() && !response.status().is_redirection() {
        return ApiError::not_found().into_response();
    }
    let mut response = response.map(Body::new);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The page's own "nothing here", with status 404.
async fn missing_page(state: AppState, request: Request) -> Response {
    let gateway: Arc<dyn Gateway> = Arc::new(ServiceGateway(state.services.clone()));
    let options = state.leptos.clone();
    let render =
        leptos_axum::render_app_to_stream_with_context(page_context(gateway), move || shell(options.clone()));
    let mut response = render(request).await.into_response();
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A page that hangs so often before it is rendered.
    async fn status_after(hangs: u32) -> StatusCode {
        let rendered = Arc::new(AtomicU32::new(0));
        let page = move || {
            let rendered = rendered.clone();
            async move {
                if rendered.fetch_add(1, Ordering::SeqCst) < hangs {
                    std::future::pending::<()>().await;
                }
                "a page"
            }
        };
        let app: Router = Router::new()
            .route("/", get(page))
            .route_layer(from_fn(|request, next| {
                render_within(Duration::from_millis(200), request, next)
            }));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(60), app.oneshot(request)).await;
        answer.expect("it is answered").unwrap().status()
    }

    #[tokio::test]
    async fn a_page_that_is_not_rendered_is_rendered_again_and_not_for_ever() {
        assert_eq!(status_after(0).await, StatusCode::OK);
        assert_eq!(status_after(RENDERINGS - 1).await, StatusCode::OK);
        assert_eq!(status_after(RENDERINGS).await, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
