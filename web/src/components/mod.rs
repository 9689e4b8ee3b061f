//! What is drawn. Components take data and draw it; they ask through `state::asking` and `client`.

pub mod answer;
pub mod capsule;
pub mod composer;
pub mod copy_button;
pub mod dataset_cards;
pub mod dataset_picker;
pub mod failure_panel;
pub mod file_notes;
pub mod header;
pub mod icons;
pub mod line_chart;
pub mod live_turn;
pub mod menu;
pub mod result_chart;
pub mod result_panel;
pub mod result_table;
pub mod run_card;
pub mod run_details;
pub mod schema_peek;
pub mod sidebar;
pub mod step_list;
pub mod theme_switch;
pub mod transcript;
pub mod welcome;
