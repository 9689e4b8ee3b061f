//! Whether the side bar is open on a narrow screen; on a wide one it always is.

use leptos::prelude::*;

#[derive(Clone, Copy)]
pub struct Menu {
    pub open: RwSignal<bool>,
}

impl Menu {
    pub fn new() -> Self {
        Self {
            open: RwSignal::new(false),
        }
    }
}
