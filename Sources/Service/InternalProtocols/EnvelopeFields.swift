// SPDX-License-Identifier: Apache-2.0
package import IPC
package import MailEnvelope

extension FieldWriter {
    /// Appends an envelope as one field, in the encoding of the queue file.
    package mutating func put(_ tag: UInt8, _ envelope: Envelope) {
        put(tag, envelope.wireBytes)
    }

    /// Appends a field for each outcome.
    package mutating func put(_ tag: UInt8, _ outcomes: [Outcome]) {
        for outcome in outcomes { put(tag, outcome.wireBytes) }
    }

    /// Appends where the content lies, as two numbers under `tag` and the tag after it.
    package mutating func put(_ tag: UInt8, _ content: ContentRange) {
        put(tag, content.offset)
        put(tag + 1, content.length)
    }
}

extension FieldReader {
    /// The envelope of a field.
    package func envelope(_ tag: UInt8) throws(WireError) -> Envelope {
        let bytes = try bytes(tag)
        do throws(EnvelopeError) {
            return try Envelope(wireBytes: bytes)
        } catch {
            throw .malformed(tag: tag)
        }
    }

    /// The outcomes of all fields with that tag.
    package func outcomes(_ tag: UInt8) throws(WireError) -> [Outcome] {
        var outcomes: [Outcome] = []
        for bytes in allBytes(tag) {
            do throws(EnvelopeError) {
                outcomes.append(try Outcome(wireBytes: bytes))
            } catch {
                throw .malformed(tag: tag)
            }
        }
        return outcomes
    }

    /// The range under `tag` and the tag after it; one that no file can have is malformed.
    package func content(_ tag: UInt8) throws(WireError) -> ContentRange {
        guard let content = ContentRange(offset: try number(tag), length: try number(tag + 1)) else {
            throw .malformed(tag: tag)
        }
        return content
    }
}
