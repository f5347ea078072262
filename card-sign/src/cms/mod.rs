//! CMS and CAdES.
