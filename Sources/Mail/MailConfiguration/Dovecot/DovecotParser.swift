// SPDX-License-Identifier: Apache-2.0

/// The parser of Dovecot's configuration language, of 2.3 and of 2.4.
///
/// Line by line: `key = value`, `kind name {`, `}`, `!include pattern`, `!include_try pattern`, `#` comments; a line that
/// ends in a backslash goes on in the next one. A section may also stand on one line.
package struct DovecotParser {
    /// What the parser refuses to exceed.
    package struct Limits: Sendable {
        /// How deep sections may nest; Dovecot's own files need three.
        package var depth = 20
        /// How deep files may include files.
        package var includeDepth = 20
        /// How many files are read in all.
        package var files = 1000
        /// How many settings and sections are kept in all.
        package var nodes = 100_000

        package init() {}
    }

    /// How included files are found and read; tests give their own.
    package struct Source {
        /// Returns the files of a shell pattern, sorted.
        package let files: (String) -> [String]
        /// Returns a file's bytes, or why there are none.
        package let read: (String) -> Result<[UInt8], BadValue>

        package init(files: @escaping (String) -> [String], read: @escaping (String) -> Result<[UInt8], BadValue>) {
            self.files = files
            self.read = read
        }

        /// Files as the whole configuration is read.
        package init(_ source: ConfigurationSource) {
            self.init(files: source.files) { path in
                source.read(path).mapError { BadValue("cannot be read: \($0)") }
            }
        }

        /// The file system.
        package static var system: Source { Source(ConfigurationSource.system) }
    }

    private struct Open {
        let kind: String
        let name: String?
        let place: DovecotNode.Place
        var children: [DovecotNode] = []
    }

    private let source: Source
    private let limits: Limits
    private var stack: [Open] = []
    private var nodes: [DovecotNode] = []
    private var including: [String] = []
    private var fileCount = 0
    private var nodeCount = 0
    private var isFull = false
    /// What is wrong with the files.
    package private(set) var diagnostics: [Diagnostic] = []

    package init(source: Source = .system, limits: Limits = Limits()) {
        self.source = source
        self.limits = limits
    }

    /// Reads a file and all that it includes.
    package mutating func parse(file: String) -> [DovecotNode] {
        switch source.read(file) {
        case .success(let content): return parse(content, file: file)
        case .failure(let problem):
            diagnostics.append(Diagnostic(.error, file: file, line: 0, problem.message))
            return []
        }
    }

    /// Reads the bytes of a file and all that it includes.
    package mutating func parse(_ content: [UInt8], file: String) -> [DovecotNode] {
        nodes = []
        parseFile(content, file)
        return nodes
    }

    private mutating func parseFile(_ content: [UInt8], _ file: String) {
        fileCount += 1
        including.append(file)
        let depth = stack.count
        for line in DovecotLines.split(content) where !isFull {
            parse(line.text, DovecotNode.Place(file: file, line: line.number), floor: depth)
        }
        while stack.count > depth, let open = stack.popLast() {
            let title = open.name.map { "\(open.kind) \($0)" } ?? open.kind
            report(.error, open.place, "the section \"\(title)\" is never closed with \"}\"")
            close(open)
        }
        including.removeLast()
    }

    private mutating func parse(_ text: [UInt8], _ place: DovecotNode.Place, floor: Int) {
        var rest = DovecotLines.trimmed(text[...])
        var opened = 0
        while !rest.isEmpty {
            if rest.first == UInt8(ascii: "}") {
                rest = DovecotLines.trimmed(rest.dropFirst())
                opened = max(0, opened - 1)
                if stack.count > floor, let open = stack.popLast() {
                    close(open)
                } else {
                    report(.error, place, "\"}\" closes nothing")
                }
            } else if let section = DovecotStatement.sectionHead(&rest) {
                open(section.kind, section.name, place)
                opened += 1
            } else {
                statement(&rest, place, isInline: opened > 0)
            }
        }
    }

    private mutating func statement(_ rest: inout ArraySlice<UInt8>, _ place: DovecotNode.Place, isInline: Bool) {
        switch DovecotStatement.parse(&rest, isInline: isInline) {
        case .include(let pattern, let mustExist): include(pattern, mustExist: mustExist, place)
        case .setting(let key, let value, let isFileContent, let isQuoted):
            append(
                .setting(
                    DovecotNode.Setting(
                        key: key,
                        value: value,
                        isFileContent: isFileContent,
                        isQuoted: isQuoted,
                        place: place
                    )
                )
            )
        case .failure(let problem): report(.error, place, problem.message, problem.suggestion)
        }
    }

    private mutating func open(_ kind: String, _ name: String?, _ place: DovecotNode.Place) {
        if stack.count >= limits.depth {
            report(.error, place, "sections are nested deeper than \(limits.depth)")
            isFull = true
        }
        stack.append(Open(kind: kind, name: name, place: place))
    }

    private mutating func close(_ open: Open) {
        append(
            .section(DovecotNode.Section(kind: open.kind, name: open.name, children: open.children, place: open.place))
        )
    }

    private mutating func append(_ node: DovecotNode) {
        guard !isFull || nodeCount < limits.nodes else { return }
        nodeCount += 1
        if nodeCount == limits.nodes {
            report(.error, node.place, "there are more than \(limits.nodes) settings")
            isFull = true
        }
        if let last = stack.indices.last { stack[last].children.append(node) } else { nodes.append(node) }
    }

    private mutating func include(_ pattern: String, mustExist: Bool, _ place: DovecotNode.Place) {
        let path = pattern.hasPrefix("/") ? pattern : DovecotLines.folder(of: place.file) + pattern
        let files = source.files(path)
        if files.isEmpty, mustExist, !DovecotLines.isPattern(path) {
            report(.error, place, "!include: \(path) does not exist")
        }
        for file in files where !isFull {
            guard !including.contains(file) else {
                report(.error, place, "!include: \(file) includes itself")
                continue
            }
            guard including.count < limits.includeDepth, fileCount < limits.files else {
                report(.error, place, "!include: too many files")
                isFull = true
                return
            }
            switch source.read(file) {
            case .success(let content): parseFile(content, file)
            case .failure(let problem):
                if mustExist { report(.error, place, "!include: \(file) \(problem.message)") }
            }
        }
    }

    private mutating func report(
        _ severity: Diagnostic.Severity,
        _ place: DovecotNode.Place,
        _ message: String,
        _ suggestion: String? = nil
    ) {
        diagnostics.append(
            Diagnostic(severity, file: place.file, line: place.line, message, suggestion: suggestion)
        )
    }
}
