// SPDX-License-Identifier: Apache-2.0

/// `texthash:`, `inline:` and `environ:`: entries held in memory, keys in lower case but for `environ:`.
package struct TextTable: LookupTable {
    package let specification: String
    package let notices: [TableNotice]
    private let entries: TextEntries
    private let folds: Bool

    init(
        specification: String,
        entries: TextEntries,
        folds: Bool = true,
        notices: [TableNotice] = [],
        file: TableFile? = nil
    ) {
        self.specification = specification
        self.entries = entries
        self.folds = folds
        self.notices = notices
    }

    /// The number of entries.
    package var count: Int { entries.count }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        guard LookupKey.isAcceptable(key) else { return nil }
        return entries.value(of: folds ? LookupKey.folded(key) : key)
    }

}
