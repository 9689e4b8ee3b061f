//! The Helm chart, rendered by the real Helm under many values: every object fits what Kubernetes
//! publishes of its API, every pod is restricted, rights and networks are as narrow as they are said to
//! be, and values that cannot work are refused. Where there is a cluster, it judges the same objects.

mod cluster;
mod configuration;
mod documented;
mod extract;
mod helm;
#[path = "../installed/mod.rs"]
mod installed;
mod networks;
mod notes;
mod objects;
mod openapi;
mod pod_security;
mod quota;
mod refusals;
mod restricted;
mod rights;
mod shape;
mod values;
