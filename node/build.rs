//! Makes sure that the interface's folder exists, so that the program builds without Node, and
//! that it is embedded again when the interface was built anew.

fn main() {
    let folder = "../web-ui/dist";
    // A read-only source tree still builds: the embedding allows a missing folder.
    let _ = std::fs::create_dir_all(folder);
    println!("cargo:rerun-if-changed={folder}");
}
