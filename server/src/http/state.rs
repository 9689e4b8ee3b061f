//! What handlers reach: the services, who holds how many places, what was counted, and the page's
//! options for Leptos.

use super::clients::Clients;
use crate::services::Services;
use crate::telemetry::Metrics;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::sync::Arc;

#[derive(Clone, FromRef)]
pub struct AppState {
    pub services: Arc<Services>,
    pub clients: Clients,
    pub leptos: LeptosOptions,
    pub metrics: Metrics,
}

impl AppState {
    pub fn new(services: Arc<Services>) -> Self {
        let leptos = LeptosOptions::builder()
            .output_name("csv_analyst")
            .site_pkg_dir("pkg")
            .site_addr(services.config.listen)
            .build();
        let clients = Clients::new(services.config.queue.client_places());
        Self {
            services,
            clients,
            leptos,
            metrics: Metrics::of_process(),
        }
    }
}
