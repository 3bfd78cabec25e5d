//! The check that `docs/licence-keys.md` shows to authors of products, run as it stands there.

use std::process::{Command, Stdio};

#[test]
fn the_check_in_the_documentation_agrees_with_the_vectors() {
    let document = include_str!("../../docs/licence-keys.md");
    let (_, after) = document.split_once("```python\n").expect("the check");
    let (program, _) = after.split_once("```").expect("its end");
    if Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("python3 is not there: the check in docs/licence-keys.md was NOT run");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("licence_key.py");
    std::fs::write(&file, program).expect("written");
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/licensing/vectors.json");
    let done = Command::new("python3").arg(&file).arg(vectors).output().expect("it runs");
    let (said, problem) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}{problem}");
    assert_eq!(said.trim(), "3 keys hold, 9 are refused, 15 are read as pasted");
}
