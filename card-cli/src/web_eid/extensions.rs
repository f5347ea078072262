//! The browser extensions that may call the host.

/// The extensions that may ask: Firefox gives its manifest's path and the first of these,
/// Chrome and its kin `chrome-extension://ID/`.
pub(super) const FIREFOX: &str = "{e68418bc-f2b0-4459-a9ea-3e72b6751b07}";
pub(super) const CHROME: [&str; 2] = [
    "chrome-extension://ncibgoaomkmdpilpocfeponihegamlic/",
    "chrome-extension://gnmckgbandlkacikdndelhfghdejfido/",
];
