//! Signatures inside PDF files (電子署名付きPDF): to come.
