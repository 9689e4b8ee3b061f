//! The few things of the browser that components need: storage, clipboard, theme, scroll.
//! Only called from effects and event handlers, which never run on the server. A browser that
//! refuses (private mode, no permission) is not an error for the reader.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition, Storage};

/// All keys of this page in the browser's storage start with this.
const STORAGE_PREFIX: &str = "csv-analyst.";

/// On the document's root while its theme changes; the style sheet lets nothing fade meanwhile.
const SWITCHING: &str = "data-theme-switching";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

pub fn remembered(key: &str) -> Option<String> {
    storage()?.get_item(&format!("{STORAGE_PREFIX}{key}")).ok()?
}

/// An empty value forgets the key.
pub fn remember(key: &str, value: &str) {
    let Some(storage) = storage() else { return };
    let key = format!("{STORAGE_PREFIX}{key}");
    // A full or forbidden storage only costs the reader a draft.
    let _ = if value.is_empty() {
        storage.remove_item(&key)
    } else {
        storage.set_item(&key, value)
    };
}

/// True when the text is on the clipboard.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    JsFuture::from(window.navigator().clipboard().write_text(text))
        .await
        .is_ok()
}

/// Sets `data-theme` on the document; an empty name means the system's.
/// All at once: what fades at its own speed would show a page of two themes.
pub fn set_theme(name: &str) {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute(SWITCHING, "");
        let _ = if name.is_empty() {
            root.remove_attribute("data-theme")
        } else {
            root.set_attribute("data-theme", name)
        };
        // Asking for a size makes the browser apply the new colours while nothing may fade.
        let _ = root.client_width();
        let _ = root.remove_attribute(SWITCHING);
    }
}

#[cfg(feature = "hydrate")]
/// Tells scripts and tests that the page answers to clicks.
pub fn mark_ready() {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        let _ = root.set_attribute("data-ready", "true");
    }
}

/// Brings an element to the top of the view; smoothness is the style sheet's to allow.
pub fn scroll_to(id: &str) {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|page| page.get_element_by_id(id));
    if let Some(element) = element {
        let options = ScrollIntoViewOptions::new();
        options.set_behavior(ScrollBehavior::Auto);
        options.set_block(ScrollLogicalPosition::Start);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// A reader with a mouse or a touch pad; on a touch screen focusing a field would raise the keyboard.
pub fn has_fine_pointer() -> bool {
    let query = web_sys::window().and_then(|window| window.match_media("(pointer: fine)").ok().flatten());
    query.is_some_and(|query| query.matches())
}

pub fn focus(id: &str) {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|page| page.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}
