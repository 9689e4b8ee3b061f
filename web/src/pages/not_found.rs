//! An address that leads nowhere.

use crate::client::Trouble;
use crate::gateway::PageStatus;
use csv_analyst_protocol::error::ErrorCode;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFound() -> impl IntoView {
    set_status(use_context::<PageStatus>(), 404);
    view! {
        <Title text="Not found"/>
        <main id="main" class="plain-page" tabindex="-1">
            <p class="plain-code">"404"</p>
            <h1>"There is nothing here"</h1>
            <p>"The address may be mistyped, or what was here has been deleted."</p>
            <a class="button" href="/">"Ask a question"</a>
        </main>
    }
}

/// Does nothing in the browser, where the page has its status already.
pub fn set_status(status: Option<PageStatus>, code: u16) {
    if let Some(PageStatus(set)) = status {
        set(code);
    }
}

/// The status of a page that can't show what it was asked for.
pub fn status_of(trouble: &Trouble) -> u16 {
    match trouble {
        Trouble::Refused(error) => match error.code {
            ErrorCode::RunNotFound
            | ErrorCode::ThreadNotFound
            | ErrorCode::DatasetNotFound
            | ErrorCode::NotFound => 404,
            _ => 500,
        },
        Trouble::Unreachable | Trouble::Broken | Trouble::Stopped => 500,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::error::ErrorDetail;

    #[test]
    fn only_what_is_not_there_is_not_found() {
        let status = |code| status_of(&Trouble::Refused(ErrorDetail::new(code, "")));
        assert_eq!(status(ErrorCode::RunNotFound), 404);
        assert_eq!(status(ErrorCode::ThreadNotFound), 404);
        assert_eq!(status(ErrorCode::InternalError), 500);
    }
}
