use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::Root;

/// A file to hash.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    pub path: PathBuf,
    /// Relative to the root, with `/`: what visitors see and what the digest covers.
    pub name: String,
    pub size: u64,
}

/// The files of a root, sorted by name; `false` if there are more than `limit`.
///
/// Symbolic links are not followed (they lead out of the root) and hidden names are left out (`.env`, `.git`). A
/// directory that can't be read has no files.
pub fn list(root: &Root, limit: usize) -> (Vec<File>, bool) {
    let mut files = Vec::new();
    let mut directories = vec![root.path.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // `file_type` and `metadata` of an entry tell of a link itself, not of what it points at.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    let left_out = root.without.iter().any(|left_out| name == *left_out);
                    directories.extend((!left_out).then(|| entry.path()));
                }
                Ok(kind) if kind.is_file() => {
                    if files.len() == limit {
                        return (files, false);
                    }
                    files.extend(file(&root.path, &entry));
                }
                _ => {}
            }
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    (files, true)
}

fn file(root: &Path, entry: &fs::DirEntry) -> io::Result<File> {
    let path = entry.path();
    let below = path.strip_prefix(root).unwrap_or(&path);
    let parts: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    Ok(File {
        name: parts.join("/"),
        size: entry.metadata()?.len(),
        path,
    })
}
