// SPDX-License-Identifier: Apache-2.0

/// `static:text`: the same text for every key.
package struct StaticTable: LookupTable {
    package let specification: String
    let text: String

    init(specification: String, text: String) {
        self.specification = specification
        self.text = text
    }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        LookupKey.isAcceptable(key) ? text : nil
    }
}

/// `fail:name`: every lookup is a temporary failure, for tests of what follows from one.
package struct FailTable: LookupTable {
    package let specification: String

    package func lookup(_ key: String) throws(LookupError) -> String? {
        throw LookupError(table: specification, reason: "a fail: table answers no lookup")
    }
}

/// `randmap:{a, b}`: one of the texts, each as likely as the other.
package struct RandomTable: LookupTable {
    package let specification: String
    private let texts: [String]

    init(specification: String, texts: [String]) {
        self.specification = specification
        self.texts = texts
    }

    package func lookup(_ key: String) throws(LookupError) -> String? {
        LookupKey.isAcceptable(key) ? texts.randomElement() : nil
    }
}
