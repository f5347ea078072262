//! Names inside a container that are no files of the signer's.

/// The media type of ASiC-E, alone in the first file.
pub const MIME_TYPE: &str = "application/vnd.etsi.asic-e+zip";

/// The first file.
pub(super) const MIME_TYPE_FILE: &str = "mimetype";
/// The folder of manifest and signature.
pub(super) const META_INF: &str = "META-INF";
/// The manifest that we write.
pub(super) const MANIFEST: &str = "META-INF/ASiCManifest001.xml";
/// The signature that we write.
pub(super) const SIGNATURE: &str = "META-INF/signature001.p7s";

/// What a file of a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    MimeType,
    Manifest,
    Signature,
    /// In `META-INF`, and nothing that is known here.
    Foreign,
    /// What is signed.
    File,
}

impl Use {
    /// By its name (EN 319 162-1, 4.4.4): `ASiCManifest*.xml`, `*signature*.p7s`.
    pub(super) fn of(name: &str) -> Use {
        if name == MIME_TYPE_FILE {
            return Use::MimeType;
        }
        let (folder, inside) = name.split_once('/').unwrap_or((name, ""));
        // Systems that do not tell case apart unpack `meta-inf` into the same folder.
        if !folder.eq_ignore_ascii_case(META_INF) {
            return match name.eq_ignore_ascii_case(MIME_TYPE_FILE) {
                true => Use::Foreign,
                false => Use::File,
            };
        }
        let plain = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        };
        let manifest = inside
            .strip_prefix("ASiCManifest")
            .and_then(|rest| rest.strip_suffix(".xml"));
        let signature = inside.strip_suffix(".p7s");
        match (manifest, signature) {
            _ if folder != META_INF => Use::Foreign,
            (Some(rest), _) if plain(rest) => Use::Manifest,
            (_, Some(rest)) if plain(rest) && rest.contains("signature") => Use::Signature,
            _ => Use::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_by_name() {
        for (name, found) in [
            ("mimetype", Use::MimeType),
            ("Mimetype", Use::Foreign),
            (MANIFEST, Use::Manifest),
            ("META-INF/ASiCManifest.xml", Use::Manifest),
            ("META-INF/ASiCArchiveManifest.xml", Use::Foreign),
            ("META-INF/ASiCManifest/a.xml", Use::Foreign),
            (SIGNATURE, Use::Signature),
            ("META-INF/a/signature.p7s", Use::Foreign),
            ("META-INF/signatures.xml", Use::Foreign),
            ("META-INF/timestamp001.tst", Use::Foreign),
            ("META-INF", Use::Foreign),
            ("meta-inf/signature001.p7s", Use::Foreign),
            ("META-INF2/x", Use::File),
            ("a/META-INF/signature001.p7s", Use::File),
            ("契約書.pdf", Use::File),
        ] {
            assert_eq!(Use::of(name), found, "{name}");
        }
    }
}
