//! The HTML document around the page. The one inline script of our own sets the remembered theme
//! before anything is painted; it carries the response's nonce.

use crate::app::App;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::MetaTags;

/// Runs before the first paint; must not throw where storage is forbidden.
const THEME_SCRIPT: &str = "try{const t=localStorage.getItem('csv-analyst.theme');\
if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

pub fn shell(options: LeptosOptions) -> impl IntoView {
    let package = options.site_pkg_dir.clone();
    let name = options.output_name.clone();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#f5f3ee" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#14181a" media="(prefers-color-scheme: dark)"/>
                <meta name="description" content="Ask questions about your data and check how every answer was made."/>
                <script nonce=use_nonce()>{THEME_SCRIPT}</script>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="stylesheet" href=format!("/{package}/{name}.css")/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}
