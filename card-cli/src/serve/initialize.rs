//! `initialize`: what client and server say first.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::params;
use crate::exit::Failure;

/// The level of the interface. A client that knows only an older one is told so (`api.unknown`).
pub(super) const API: u64 = 2;

/// What a client says first.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Initialize {
    /// The level that the client knows.
    pub(super) api: u64,
    /// What the client calls itself; for its own logs.
    #[serde(default)]
    #[expect(dead_code, reason = "a name is welcome, and changes nothing")]
    client: Option<Map<String, Value>>,
    /// `ja` or `en`, also with a region behind it.
    #[serde(default)]
    pub(super) locale: Option<String>,
    /// `client`: the client asks for PINs.
    #[serde(default)]
    pub(super) ui: Option<String>,
}

/// What the client may rely on.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(super) struct Initialized {
    /// The level that is spoken.
    api: u64,
    /// The version of the program.
    server: &'static str,
    capabilities: Capabilities,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct Capabilities {
    /// All methods.
    methods: Vec<&'static str>,
    /// Whether PINs can be typed at readers.
    pinpad: bool,
    /// Who can ask for PINs.
    ui: Vec<&'static str>,
}

impl Initialized {
    /// What this version can, with these methods.
    pub(super) fn with(methods: Vec<&'static str>) -> Self {
        Self {
            api: API,
            server: env!("CARGO_PKG_VERSION"),
            capabilities: Capabilities {
                methods,
                pinpad: false,
                ui: vec!["client"],
            },
        }
    }
}

impl Initialize {
    /// The members.
    const NAMES: [&str; 4] = ["api", "client", "locale", "ui"];

    /// A client of a higher level may say more than we know; one of ours may not.
    pub(super) fn of(mut params: Map<String, Value>) -> Result<Self, Failure> {
        if params.get("api").and_then(Value::as_u64) > Some(API) {
            params.retain(|name, _| Self::NAMES.contains(&name.as_str()));
        }
        params::parse(params)
    }
}
