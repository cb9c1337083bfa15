// SPDX-License-Identifier: Apache-2.0

/// Builds the tree of parts in one pass over the lines of a message, with a stack of the parts that are open.
struct StructureParser {
    /// A place in the message, with what was counted up to it.
    private struct Mark {
        var offset = 0
        var lines = 0
        var bareLines = 0

        func extent(to end: Mark) -> MessageExtent {
            let length = end.offset - offset
            return MessageExtent(
                offset: offset,
                length: length,
                wireSize: length + end.bareLines - bareLines,
                lines: end.lines - lines
            )
        }
    }

    /// A part whose end has not come.
    private struct OpenPart {
        let index: Int
        let headerStart: Mark
        var bodyStart: Mark?
        /// Whether parts without a content type are messages (RFC 2046 section 5.1.5).
        var isDigest = false
        var fields: PartFields
    }

    private let limits: StructureLimits
    private var parts: [MessagePart] = []
    private var open: [OpenPart] = []
    private var boundaries: BoundaryIndex
    private var remainingParameters: Int
    /// The field that is being gathered: the range from its name to the end of its last line.
    private var field: Range<Int>?

    init(limits: StructureLimits) {
        self.limits = limits
        boundaries = BoundaryIndex(maximumLength: limits.boundary)
        remainingParameters = limits.totalParameters
    }

    /// The parts of a message, each before what is inside it.
    mutating func parse(_ bytes: Span<UInt8>) -> [MessagePart] {
        var here = Mark()
        // The place before the line end of the line before: a boundary takes that line end with it.
        var beforeLineEnd = Mark()
        begin(at: here)
        while here.offset < bytes.count {
            let start = here
            let lf = bytes.lineFeed(from: start.offset, to: bytes.count)
            var contentEnd = lf ?? bytes.count
            if lf != nil {
                here.lines += 1
                if contentEnd > start.offset, bytes[contentEnd - 1] == Octet.cr {
                    contentEnd -= 1
                } else {
                    here.bareLines += 1
                }
            }
            here.offset = (lf ?? bytes.count) + (lf == nil ? 0 : 1)
            let line = start.offset..<contentEnd
            if let match = boundaries.match(bytes, line) {
                delimiter(match, bytes, contentEnd: beforeLineEnd, next: here)
            } else if open.last?.bodyStart == nil {
                headerLine(bytes, line, next: here)
            }
            beforeLineEnd = start
            beforeLineEnd.offset = contentEnd
        }
        close(downTo: 0, bytes, contentEnd: here)
        return parts
    }

    private mutating func begin(at mark: Mark) {
        var part = MessagePart()
        part.parent = open.last?.index
        let index = parts.count
        if let parent = part.parent { parts[parent].children.append(index) }
        parts.append(part)
        open.append(OpenPart(index: index, headerStart: mark, fields: PartFields()))
        field = nil
    }

    private mutating func headerLine(_ bytes: Span<UInt8>, _ line: Range<Int>, next: Mark) {
        if line.isEmpty {
            endHeader(bytes, bodyStart: next)
        } else if Octet.isBlank(bytes[line.lowerBound]), let field {
            self.field = field.lowerBound..<line.upperBound
        } else {
            endField(bytes)
            field = line
        }
    }

    private mutating func endField(_ bytes: Span<UInt8>) {
        guard let field, let top = open.indices.last else { return }
        self.field = nil
        open[top].fields.take(bytes, field)
    }

    /// Reads the fields that were gathered, and opens what is inside the part.
    private mutating func endHeader(_ bytes: Span<UInt8>, bodyStart: Mark) {
        endField(bytes)
        guard let level = open.indices.last else { return }
        open[level].bodyStart = bodyStart
        let index = open[level].index
        parts[index].header = open[level].headerStart.extent(to: bodyStart)
        let isInDigest = level > 0 && open[level - 1].isDigest
        open[level].fields.fill(
            &parts[index],
            bytes,
            limits: limits,
            remainingParameters: &remainingParameters,
            fallback: isInDigest ? ContentType("message", "rfc822") : .plainText
        )
        let type = parts[index].contentType
        let hasRoom = open.count < limits.depth && parts.count < limits.parts
        if type.matches("multipart") {
            var boundary = type.parameter("boundary") ?? []
            while let last = boundary.last, Octet.isBlank(last) { boundary.removeLast() }
            if !boundaries.accepts(boundary) {
                // Without a boundary there is nothing to divide: it is read as the text that it is.
                parts[index].contentType = .plainText
            } else if hasRoom {
                parts[index].kind = .multipart
                open[level].isDigest = type.matches("multipart", "digest")
                boundaries.push(boundary, level: level)
            } else {
                parts[index].contentType = ContentType("application", "octet-stream")
            }
        } else if type.matches("message", "rfc822") || type.matches("message", "global") {
            if hasRoom {
                parts[index].kind = .message
                begin(at: bodyStart)
            } else {
                parts[index].contentType = ContentType("application", "octet-stream")
            }
        }
    }

    private mutating func delimiter(
        _ match: BoundaryIndex.Match,
        _ bytes: Span<UInt8>,
        contentEnd: Mark,
        next: Mark
    ) {
        guard match.isClosing || parts.count < limits.parts else {
            // What is open now takes the rest of the message.
            boundaries.removeAll()
            return
        }
        close(downTo: match.level + 1, bytes, contentEnd: contentEnd)
        if match.isClosing {
            boundaries.pop(downTo: match.level)
        } else if parts.count < limits.parts {
            begin(at: next)
        } else {
            // Ending the part before added the last one that there is room for.
            boundaries.removeAll()
        }
    }

    /// Ends the open parts of this level and of those inside it, at `contentEnd` or where the innermost one begins.
    private mutating func close(downTo level: Int, _ bytes: Span<UInt8>, contentEnd: Mark) {
        var end = contentEnd
        while open.count > level, let top = open.last {
            guard let start = top.bodyStart else {
                // The header never ended: its lines are the header, and the body is empty.
                if end.offset < top.headerStart.offset { end = top.headerStart }
                endHeader(bytes, bodyStart: end)
                continue
            }
            if end.offset < start.offset { end = start }
            boundaries.pop(downTo: open.count - 1)
            open.removeLast()
            parts[top.index].body = start.extent(to: end)
            guard parts[top.index].kind == .multipart, parts[top.index].children.isEmpty else { continue }
            addEmptyChild(to: top.index)
        }
    }

    /// Gives a multipart without parts an empty one, since the grammar of BODYSTRUCTURE has no multipart without.
    private mutating func addEmptyChild(to index: Int) {
        guard parts.count < limits.parts else {
            parts[index].kind = .leaf
            parts[index].contentType = ContentType("application", "octet-stream")
            return
        }
        var child = MessagePart()
        child.parent = index
        let end = parts[index].body.range.upperBound
        child.header.offset = end
        child.body.offset = end
        parts[index].children = [parts.count]
        parts.append(child)
    }
}
