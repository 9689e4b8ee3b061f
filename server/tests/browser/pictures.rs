//! Screenshots for people to look at: welcome, answer and refusal; light and dark; desk and phone.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::page::{Page, viewport};

struct Device {
    name: &'static str,
    width: u32,
    height: u32,
    phone: bool,
}

const DEVICES: [Device; 2] = [
    Device {
        name: "desktop",
        width: 1280,
        height: 900,
        phone: false,
    },
    Device {
        name: "phone",
        width: 390,
        height: 844,
        phone: true,
    },
];

const THEMES: [&str; 2] = ["light", "dark"];

const DATASET: &str = "ecommerce";
const PROMPT: &str = "Show me the return rate by category";

pub fn take_all(page: &Page<'_>, folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for device in &DEVICES {
        let size = viewport(device.width, device.height, device.phone);
        page.browser
            .devtools("Emulation.setDeviceMetricsOverride", size)?;
        for theme in THEMES {
            take_of(page, folder, &format!("{}-{theme}", device.name), theme)?;
        }
    }
    Ok(())
}

fn take_of(page: &Page<'_>, folder: &Path, name: &str, theme: &str) -> Result<(), String> {
    page.open(DATASET)?;
    page.click(&format!("[data-testid=theme-{theme}]"))?;
    save(page, folder, &format!("{name}-welcome"))?;
    page.click_prompt(PROMPT)?;
    page.answer()?;
    save(page, folder, &format!("{name}-answer"))?;
    page.click("[data-testid=run-card] summary")?;
    save(page, folder, &format!("{name}-details"))?;
    page.type_question("What will the weather be in Paris tomorrow?")?;
    page.declined_text()?;
    save(page, folder, &format!("{name}-declined"))
}

fn save(page: &Page<'_>, folder: &Path, name: &str) -> Result<(), String> {
    let picture = page.browser.session.screenshot()?;
    let picture = BASE64
        .decode(picture)
        .map_err(|error| format!("{name}: {error}"))?;
    std::fs::write(folder.join(format!("{name}.png")), picture).map_err(|error| format!("{name}: {error}"))
}
