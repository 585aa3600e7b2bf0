//! The key of all keys: where it comes from, and that it is 64 hexadecimal digits.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::Fault;

/// Where the key of all keys comes from. Whoever loses it loses every sealed word.
#[derive(Clone)]
pub enum RootKey {
    /// 64 hexadecimal digits, from the environment or a secret store.
    Hex(String),
    /// A file with 64 hexadecimal digits, made with mode 600 on first use.
    File(PathBuf),
    /// A program of a key management service with its arguments, which prints the digits. No shell reads them.
    Command(Vec<String>),
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RootKey::Hex(_) => f.write_str("Hex(***)"),
            RootKey::File(path) => f.debug_tuple("File").field(path).finish(),
            RootKey::Command(words) => f.debug_tuple("Command").field(&words.first()).finish(),
        }
    }
}

fn from_hex(text: &str) -> Result<[u8; 32], Fault> {
    let text = text.trim();
    let mut key = [0; 32];
    let bad = || {
        Fault::Broken(
            "the sealing key has to be 64 hexadecimal digits: give the one this store was made with".into(),
        )
    };
    if text.len() != 64 || !text.is_ascii() {
        return Err(bad());
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).map_err(|_why| bad())?;
    }
    Ok(key)
}

fn make_key_file(path: &Path) -> Result<[u8; 32], Fault> {
    let failed =
        |why: std::io::Error| Fault::broken(&format!("making the sealing key {}", path.display()), why);
    let key: [u8; 32] = rand::random();
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(key)
}

/// What the program prints. What it says on standard error goes where this process's own does.
fn printed(words: &[String]) -> Result<String, Fault> {
    let Some((program, arguments)) = words.split_first() else {
        return Err(Fault::Broken("the command for the sealing key is empty: name a program".into()));
    };
    let what = format!("the command '{program}' for the sealing key");
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    let done = command.output().map_err(|why| Fault::broken(&what, why))?;
    if !done.status.success() {
        return Err(Fault::Broken(format!("{what} ended with {}", done.status)));
    }
    String::from_utf8(done.stdout).map_err(|_why| Fault::Broken(format!("{what} did not print text")))
}

impl RootKey {
    pub(super) fn read(&self) -> Result<[u8; 32], Fault> {
        match self {
            RootKey::Hex(text) => from_hex(text),
            RootKey::Command(words) => from_hex(&printed(words)?),
            RootKey::File(path) => match std::fs::read_to_string(path) {
                Ok(text) => from_hex(&text),
                Err(why) if why.kind() == std::io::ErrorKind::NotFound => make_key_file(path),
                Err(why) => Err(Fault::broken(&format!("reading the sealing key {}", path.display()), why)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_prints_the_key_and_no_shell_reads_its_words() {
        let words = |words: &[&str]| RootKey::Command(words.iter().map(|word| (*word).to_owned()).collect());
        assert_eq!(words(&["echo", &"5a".repeat(32)]).read().unwrap(), [0x5a; 32]);
        assert!(words(&["echo", &format!("{}; true", "5a".repeat(32))]).read().is_err());
        assert!(words(&["false"]).read().unwrap_err().to_string().contains("ended with"));
        assert!(words(&["no-such-program-here"]).read().is_err());
        assert!(words(&[]).read().is_err());
        assert!(!format!("{:?}", RootKey::Hex("5a".repeat(32))).contains("5a5a"), "a key is never printed");
    }
}
