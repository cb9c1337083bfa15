// SPDX-License-Identifier: Apache-2.0

/// A table whose source could not be read: each lookup is a temporary failure.
///
/// So one missing file delays the mail that needs it, and no other.
package struct UnavailableTable: LookupTable {
    package let specification: String
    private let reason: String

    /// Stands in for a table that could not be opened.
    package init(_ error: TableOpenError) {
        specification = error.specification
        reason = error.reason
    }

    package var notices: [TableNotice] {
        [TableNotice(source: specification, text: "\(reason); every lookup fails for now")]
    }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        throw LookupError(table: specification, reason: reason)
    }
}
