/// Name of a case and how often it is to run, where `-- CASE REPEATS` asks for that alone.
pub fn asked() -> Option<(String, usize)> {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let [case, repeats] = &args[..] else { return None };
    Some((case.clone(), repeats.parse().expect("a count")))
}
