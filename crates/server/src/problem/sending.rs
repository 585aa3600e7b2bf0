//! Codes of what devices send over thin lines: in whose name, and photos in parts.
//!
//! They stand apart from the server's other codes for room alone. Start at [`SENDING`].

/// Codes with their status and sentences, like [`super::CODES`].
pub const SENDING: &[(&str, u16, &str, &str)] = &[
    (
        "another_member",
        409,
        "Somebody else is signed in by now than the one in whose name this was sent (For-Member): nothing was done.",
        "当前登录的不是本次请求所写的人员（For-Member），未作任何处理。",
    ),
    (
        "seats_changed",
        409,
        "Your seats have changed while this was on its way: nothing was done. Look at it again, and send it once more where it still holds.",
        "发送期间您的岗位有变动，未作任何处理：请核对后重新发送。",
    ),
    (
        "upload_missing",
        409,
        "Photos that this names are not there, or not whole: send those of 'errors' and then the same request again.",
        "请求中的照片尚未传完：请先上传 errors 中列出的照片，再原样重发。",
    ),
    (
        "upload_offset",
        409,
        "The upload has come to another place: go on at Upload-Offset. Nothing was written.",
        "上传位置不一致，未写入：请从 Upload-Offset 处继续。",
    ),
    ("upload_complete", 409, "The upload is whole already.", "该文件已传完。"),
    (
        "upload_digest",
        409,
        "What came does not give the sum by which the upload is named: it was thrown away, begin again.",
        "收到的内容与校验值不符，已丢弃，请重新上传。",
    ),
    (
        "uploads_full",
        429,
        "Too many photos of yours wait to be used: send the reports that name them, or try again after Retry-After.",
        "您有过多照片尚未使用：请先发送对应的上报，或稍后再试。",
    ),
];
