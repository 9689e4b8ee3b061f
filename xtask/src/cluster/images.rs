//! Images into the node's containerd, from which alone its pods start: nothing is pulled.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::layout::Layout;
use crate::fingerprint::write_atomically;
use crate::images::{Image, ImageFile, Origin, Profile, Recipe, Target, files_of, image_of};
use crate::prepare::SERVICE_PACKAGES;
use crate::process;
use crate::revision::Revision;
use crate::setup::Tools;
use crate::workspace::Workspace;

/// What holds a pod's namespaces. containerd is told this name in its settings.
pub const PAUSE: &str = "csv-analyst.example/pause:1";
const DNS: &str = "csv-analyst.example/dns:1";
/// For the tests: does one thing in a pod and says how it went.
const PROBE: &str = "csv-analyst.example/probe:1";

/// For the tests: what stands in the runner's place after it was taken over.
pub const ATTACKER: &str = "csv-analyst.example/attacker:1";

/// By which the chart's values and the tests call this checkout's own images.
pub const TAG: &str = "dev";

const PAUSE_RECIPE: Recipe = Recipe {
    name: "pause",
    description: "Holds a pod's namespaces open",
    entrypoint: &["/pause"],
    folders: &[],
    settings: Vec::new,
};

const DNS_RECIPE: Recipe = Recipe {
    name: "dns",
    description: "CoreDNS for the names inside a cluster",
    entrypoint: &["/dns"],
    folders: &[],
    settings: as_a_high_user,
};

const PROBE_RECIPE: Recipe = Recipe {
    name: "probe",
    description: "What tests do in a pod",
    entrypoint: &["/probe"],
    folders: &[],
    settings: as_a_high_user,
};

/// Kubernetes refuses to guess whether a name without a number is root.
fn as_a_high_user() -> Vec<(&'static str, Value)> {
    vec![("User", json!("65534"))]
}

/// What every pod, and every name in the cluster, needs.
pub fn load_the_clusters_own(layout: &Layout) -> Result<()> {
    for (recipe, tag) in [(&PAUSE_RECIPE, PAUSE), (&DNS_RECIPE, DNS), (&PROBE_RECIPE, PROBE)] {
        let program = fs::read(layout.program(recipe.name))
            .with_context(|| format!("cannot read {}", layout.program(recipe.name).display()))?;
        let file = ImageFile::program(recipe.name.to_owned(), program);
        let image = Image::of(recipe, &[file], &Origin::default())?;
        through_a_file(layout, &image.archive(tag), |archive| import(layout, archive))?;
    }
    Ok(())
}

/// This checkout's service and runner, as development builds.
pub fn archives_of_this_checkout(workspace: &Workspace, tools: &Tools, built: bool) -> Result<Vec<Vec<u8>>> {
    let revision = Revision::of(workspace);
    let targets = [Target::Server, Target::Runner].into_iter();
    let archives = targets.map(|target| {
        let (image, _) = image_of(workspace, tools, target, Profile::Dev, built, &revision)?;
        Ok(image.archive(&format!("{}:{TAG}", target.recipe().name)))
    });
    archives.collect()
}

/// For the tests: a runner that was taken over (`runner-native/examples/hostile`), in the real one's place.
pub fn archive_of_the_attacker(workspace: &Workspace, tools: &Tools) -> Result<Vec<u8>> {
    let mut cargo = tools.native_cargo(workspace);
    cargo.arg("build").args(SERVICE_PACKAGES);
    process::run(cargo.args(["--example", "hostile"]))?;
    let program = workspace.target.join("debug/examples/hostile");
    let files = files_of(&[("runner-native", program)], &tools.duckdb)?;
    Ok(Image::of(Target::Runner.recipe(), &files, &Origin::default())?.archive(ATTACKER))
}

/// An archive as `docker save` or `cargo xtask images` writes it.
pub fn import(layout: &Layout, archive: &Path) -> Result<()> {
    let mut ctr = Command::new(layout.program("ctr"));
    ctr.arg("--address").arg(layout.containerd_socket());
    let printed = process::capture(
        ctr.args(["--namespace", "k8s.io", "images", "import"])
            .arg(archive),
    )?;
    if printed.trim().is_empty() {
        bail!("containerd found no image in {}", archive.display());
    }
    println!("    {}", printed.trim());
    Ok(())
}

/// Whoever makes the cluster, it takes archives from a file only.
pub fn through_a_file(layout: &Layout, archive: &[u8], load: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let file = layout.inside("image.tar");
    write_atomically(&file, archive)?;
    let outcome = load(&file);
    fs::remove_file(&file)?;
    outcome
}
