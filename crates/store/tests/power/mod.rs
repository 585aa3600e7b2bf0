//! A file system layer for SQLite that can lose its power.
//!
//! It passes everything through to the usual layer and remembers, for each file, what was synced and which writes came
//! after. [`cut`] makes every later write fail, as a dead disk would; [`found_after`] then gives the files as they may be
//! found: what was synced, and of every later write each sector of 512 bytes kept or lost by chance.
//! Deleting a file is taken as durable at once.

#![allow(
    unsafe_code,
    reason = "SQLite's file system interface is C; this file is the only one that speaks it"
)]

use std::{
    collections::HashMap,
    ffi::{CStr, c_char, c_int, c_void},
    mem::size_of,
    path::Path,
    ptr,
    sync::{
        Mutex, Once, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rusqlite::ffi;

pub const NAME: &str = "power";
const SECTOR: usize = 512;

enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Default)]
struct Remembered {
    synced: Vec<u8>,
    later: Vec<Change>,
}

static DEAD: AtomicBool = AtomicBool::new(false);
static FILES: Mutex<Option<HashMap<String, Remembered>>> = Mutex::new(None);

fn with<T>(act: impl FnOnce(&mut HashMap<String, Remembered>) -> T) -> T {
    let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
    act(files.get_or_insert_with(HashMap::new))
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if file.len() < at + bytes.len() {
        file.resize(at + bytes.len(), 0);
    }
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Forgets all files and gives power again.
pub fn restore() {
    register();
    DEAD.store(false, Ordering::SeqCst);
    with(HashMap::clear);
}

/// From now on nothing reaches the disk.
pub fn cut() {
    DEAD.store(true, Ordering::SeqCst);
}

/// Writes the database and its log as they may be found after the cut. `chance` says whether a sector was kept.
pub fn found_after(path: &Path, at: &Path, mut chance: impl FnMut() -> bool) {
    for suffix in ["", "-wal", "-journal"] {
        let name = format!("{}{suffix}", path.display());
        let Some(file) = with(|files| files.remove(&name)) else { continue };
        let mut content = file.synced;
        for change in file.later {
            match change {
                Change::Truncate(len) => {
                    if chance() {
                        content.resize(len, 0);
                    }
                }
                Change::Write(from, bytes) => {
                    let mut done = 0;
                    while done < bytes.len() {
                        let end = ((from + done) / SECTOR + 1) * SECTOR;
                        let part = &bytes[done..bytes.len().min(end - from)];
                        if chance() {
                            put(&mut content, from + done, part);
                        }
                        done += part.len();
                    }
                }
            }
        }
        std::fs::write(format!("{}{suffix}", at.display()), content).expect("the found file is written");
    }
}

/// What SQLite holds of an open file: this, followed by the usual layer's own.
#[repr(C)]
struct Open {
    base: ffi::sqlite3_file,
    name: *mut String,
}

unsafe fn real(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: the file was allocated with room for `Open` followed by the usual layer's part, see `register`.
    unsafe { file.cast::<u8>().add(size_of::<Open>()).cast() }
}

unsafe fn name(file: *mut ffi::sqlite3_file) -> Option<&'static String> {
    // SAFETY: `open` set the pointer to a leaked box or to null, and only `close` takes it back.
    unsafe { (*file.cast::<Open>()).name.as_ref() }
}

/// Calls a method of the usual layer.
macro_rules! pass {
    ($file:ident, $method:ident $(, $arg:expr)*) => {{
        // SAFETY: the usual layer filled in its methods when it opened the file.
        unsafe {
            let real = real($file);
            match (*(*real).pMethods).$method {
                Some(method) => method(real $(, $arg)*),
                None => ffi::SQLITE_IOERR,
            }
        }
    }};
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let done = pass!(file, xClose);
    // SAFETY: the box was leaked by `open`, and a file is closed once.
    unsafe {
        let open = file.cast::<Open>();
        if !(*open).name.is_null() {
            drop(Box::from_raw((*open).name));
            (*open).name = ptr::null_mut();
        }
    }
    done
}
unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, len: c_int, at: i64) -> c_int {
    pass!(file, xRead, to, len, at)
}
unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, len: c_int, at: i64) -> c_int {
    if DEAD.load(Ordering::SeqCst) {
        return ffi::SQLITE_IOERR_WRITE;
    }
    // SAFETY: SQLite gives `len` readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), len as usize) };
    if let Some(name) = unsafe { name(file) } {
        with(|files| {
            files.entry(name.clone()).or_default().later.push(Change::Write(at as usize, bytes.to_vec()))
        });
    }
    pass!(file, xWrite, from, len, at)
}
unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    if DEAD.load(Ordering::SeqCst) {
        return ffi::SQLITE_IOERR_TRUNCATE;
    }
    if let Some(name) = unsafe { name(file) } {
        with(|files| files.entry(name.clone()).or_default().later.push(Change::Truncate(len as usize)));
    }
    pass!(file, xTruncate, len)
}
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    if DEAD.load(Ordering::SeqCst) {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    if let Some(name) = unsafe { name(file) } {
        with(|files| {
            let file = files.entry(name.clone()).or_default();
            for change in std::mem::take(&mut file.later) {
                match change {
                    Change::Write(at, bytes) => put(&mut file.synced, at, &bytes),
                    Change::Truncate(len) => file.synced.resize(len, 0),
                }
            }
        });
    }
    pass!(file, xSync, flags)
}
unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, to: *mut i64) -> c_int {
    pass!(file, xFileSize, to)
}
unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    pass!(file, xLock, level)
}
unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    pass!(file, xUnlock, level)
}
unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, to: *mut c_int) -> c_int {
    pass!(file, xCheckReservedLock, to)
}
unsafe extern "C" fn control(file: *mut ffi::sqlite3_file, op: c_int, arg: *mut c_void) -> c_int {
    pass!(file, xFileControl, op, arg)
}
unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xSectorSize)
}
unsafe extern "C" fn characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    pass!(file, xDeviceCharacteristics)
}
unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    no: c_int,
    size: c_int,
    extend: c_int,
    to: *mut *mut c_void,
) -> c_int {
    pass!(file, xShmMap, no, size, extend, to)
}
unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, offset: c_int, n: c_int, flags: c_int) -> c_int {
    pass!(file, xShmLock, offset, n, flags)
}
unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: as in `pass`.
    unsafe {
        let real = real(file);
        if let Some(method) = (*(*real).pMethods).xShmBarrier {
            method(real);
        }
    }
}
unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    pass!(file, xShmUnmap, delete)
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // Version 2: without memory-mapped reads, which would pass this layer by.
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

unsafe fn usual(layer: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: `register` keeps the usual layer in its own name's place.
    unsafe { (*layer.cast::<Layer>()).usual }
}

unsafe extern "C" fn open(
    layer: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for `szOsFile` bytes and a path that lives as long as the file, or null.
    unsafe {
        let mine = file.cast::<Open>();
        (*mine).base.pMethods = ptr::null();
        (*mine).name = ptr::null_mut();
        let usual = usual(layer);
        let Some(open) = (*usual).xOpen else { return ffi::SQLITE_CANTOPEN };
        let done = open(usual, path, real(file), flags, out);
        if !(*real(file)).pMethods.is_null() {
            (*mine).base.pMethods = &raw const METHODS;
        }
        if done == ffi::SQLITE_OK && !path.is_null() {
            let name = CStr::from_ptr(path).to_string_lossy().into_owned();
            (*mine).name = Box::into_raw(Box::new(name));
        }
        done
    }
}

unsafe extern "C" fn delete(layer: *mut ffi::sqlite3_vfs, path: *const c_char, sync: c_int) -> c_int {
    if DEAD.load(Ordering::SeqCst) {
        return ffi::SQLITE_IOERR_DELETE;
    }
    // SAFETY: SQLite gives a path that ends in zero.
    unsafe {
        let name = CStr::from_ptr(path).to_string_lossy().into_owned();
        with(|files| files.remove(&name));
        let usual = usual(layer);
        (*usual).xDelete.map_or(ffi::SQLITE_IOERR_DELETE, |delete| delete(usual, path, sync))
    }
}

/// The registered layer, with the usual one behind it.
#[repr(C)]
#[derive(Clone, Copy)]
struct Layer {
    base: ffi::sqlite3_vfs,
    usual: *mut ffi::sqlite3_vfs,
}

fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the usual layer lives for ever, and so do the copy that is leaked here and its name.
        unsafe {
            let usual = ffi::sqlite3_vfs_find(ptr::null());
            let mut base = *usual;
            base.szOsFile += size_of::<Open>() as c_int;
            base.pNext = ptr::null_mut();
            base.zName = c"power".as_ptr();
            base.xOpen = Some(open);
            base.xDelete = Some(delete);
            let layer = Box::leak(Box::new(Layer { base, usual }));
            ffi::sqlite3_vfs_register((&raw mut *layer).cast(), 0);
        }
    });
}
