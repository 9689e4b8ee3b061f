//! Line icons, drawn in the text's colour and hidden from screen readers: the words beside them, or
//! the button's label, say the same.

use leptos::prelude::*;

pub const ALERT: &str =
    "M12 8v5m0 3.2v.1M10.3 3.9 2.6 17.2A2 2 0 0 0 4.3 20h15.4a2 2 0 0 0 1.7-2.8L13.7 3.9a2 2 0 0 0-3.4 0Z";
pub const ARROW_UP: &str = "M12 19V5m-6 6 6-6 6 6";
pub const CHECK: &str = "m5 12.5 4.5 4.5L19 7.5";
pub const CHEVRON: &str = "m6 9 6 6 6-6";
pub const CLOSE: &str = "M6 6l12 12M18 6 6 18";
pub const COPY: &str = "M9 9h10v11H9zM5 15V4h10";
pub const DATABASE: &str = "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3Zm0 0v6c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12v6c0 1.7 3.6 3 8 3s8-1.3 8-3v-6";
pub const DOWNLOAD: &str = "M12 4v11m-5-4 5 5 5-5M5 20h14";
pub const LINK: &str = "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1m2 4a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1";
pub const MENU: &str = "M4 7h16M4 12h16M4 17h16";
pub const MONITOR: &str = "M4 5h16v11H4zM9 20h6m-3-4v4";
pub const MOON: &str = "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5Z";
pub const PLUS: &str = "M12 5v14M5 12h14";
pub const RETRY: &str = "M4 12a8 8 0 1 0 2.5-5.8M4 4v4.5h4.5";
pub const SEAL: &str = "M12 3 5 6v5c0 4.6 2.9 8.4 7 10 4.1-1.6 7-5.4 7-10V6zm-3 8.8 2.2 2.2L15.2 10";
pub const STOP: &str = "M7 7h10v10H7z";
pub const SUN: &str = "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Zm0-5v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4";
pub const TRASH: &str = "M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13";

pub fn icon(path: &'static str) -> AnyView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=path></path>
        </svg>
    }
    .into_any()
}

/// The product's mark: a table whose last cell is sealed.
pub fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect class="mark-page" x="3" y="4" width="26" height="24" rx="5"></rect>
            <path class="mark-lines" d="M3 12h26M12 12v16"></path>
            <circle class="mark-seal" cx="22" cy="21" r="6.5"></circle>
            <path class="mark-check" d="m19 21.2 2.2 2.2 4-4.4"></path>
        </svg>
    }
    .into_any()
}
