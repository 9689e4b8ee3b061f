//! The front desk: the page, rendered on the server (`ssr`) and brought to life in the browser
//! (`hydrate`). It shows and asks; it holds no business rules and trusts nothing to be hidden.

pub mod gateway;
