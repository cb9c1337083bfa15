// SPDX-License-Identifier: Apache-2.0
package import MailEnvelope
internal import POSIX
internal import SystemPackage

/// What the queue holds, found by reading it: at qmgr's start, and for files that nobody told of.
///
/// Scan the folders in `order` with one scanner: a message that a crash left in two of them is reported once, and its
/// second name goes. Its functions block; a subfolder a call bounds memory and time.
package struct QueueScanner: Sendable {
    /// A message that is complete.
    package struct Message: Sendable, Equatable {
        package let id: QueueID
        package let folder: QueueFolder
        package let layout: QueueFileLayout
        package let envelope: Envelope
        package let mark: MessageMark
        /// In the order of the envelope's recipients.
        package let marks: [RecipientMark]
        /// Why recipients that are not done wait, by their places in the envelope.
        package let reasons: [Int: DeliveryReason]

        /// Whether every recipient is done: the file may go.
        package var isFinished: Bool { marks.allSatisfy(\.state.isFinished) }
    }

    /// What was found under a name.
    package enum Finding: Sendable, Equatable {
        case message(Message)
        /// Its writer lives and will tell of it, or die: look again later.
        case inProgress(QueueID)
        /// Never committed, its writer dead: removed.
        case removedIncomplete(QueueID)
        /// The second name of a message reported before: removed.
        case removedDuplicate(QueueID)
        /// Damaged: now in `corrupt`.
        case movedToCorrupt(QueueID, QueueFileError)
        /// Cannot be read, moved or removed now; left as it is.
        case unreadable(QueueID, QueueFileError)
        /// Not a queue id; left as it is.
        case foreign(String)
    }

    /// The folders in the order in which they are scanned: where a crash left a message in two, the first one counts.
    package static let order: [QueueFolder] = [.hold, .deferred, .incoming]

    private let directories: QueueDirectories
    private let limits: EnvelopeLimits
    /// Whether the machine went down since the queue was last in order: then contents are compared too.
    package let verifiesContent: Bool
    private var seen: [QueueID: QueueFolder] = [:]

    /// Prepares a scan under the boot `boot` (nil: unknown, so everything is checked).
    package init(_ directories: QueueDirectories, boot: BootIdentity?, limits: EnvelopeLimits = EnvelopeLimits()) {
        self.directories = directories
        self.limits = limits
        verifiesContent = boot == nil || directories.recordedBoot() != boot
    }

    /// Scans one subfolder (`QueueID.buckets`) of a hashed folder; messages that are `known` are passed over.
    package mutating func scan(
        _ folder: QueueFolder,
        bucket: String,
        except known: Set<QueueID> = []
    ) throws(QueueFileError) -> [Finding] {
        let names = try attempt(.list) { () throws(Errno) in
            try directories.held(folder).descriptor.open(bucket, .directory).names()
        }
        return names.compactMap { name in
            guard let id = QueueID(name), id.bucket == bucket else {
                return .foreign("\(folder.rawValue)/\(bucket)/\(name)")
            }
            return known.contains(id) ? nil : look(at: id, in: folder)
        }
    }

    /// Looks at one file, of which the scan or somebody spoke.
    package mutating func look(at id: QueueID, in folder: QueueFolder) -> Finding {
        if let other = seen[id], other != folder { return removeDuplicate(id, in: folder, of: other) }
        do throws(QueueFileError) {
            let file = try directories.open(id, in: folder)
            // First of all: a writer holds its lock until the flush is done, and then tells of the message itself.
            let isFree = try attempt(.lock) { () throws(Errno) in try file.lock(exclusive: false, wait: false) }
            guard isFree else { return .inProgress(id) }
            let status = try attempt(.read) { () throws(Errno) in try file.status() }
            do throws(QueueFileError) {
                return .message(try read(file, id, in: folder))
            } catch .incomplete {
                return judgeIncomplete(id, in: folder, status)
            }
        } catch .corrupt(let damage) {
            return moveToCorrupt(id, in: folder, .corrupt(damage))
        } catch {
            // Of a later version, over the limits, or the disk: for a person to decide.
            return .unreadable(id, error)
        }
    }

    private mutating func read(
        _ file: consuming Descriptor,
        _ id: QueueID,
        in folder: QueueFolder
    ) throws(QueueFileError) -> Message {
        let reader = try QueueFileReader(file, expecting: id, limits: limits)
        if verifiesContent { try reader.verifyContent() }
        let envelope = try reader.envelope()
        let (mark, marks) = try reader.marks()
        seen[id] = folder
        var reasons: [Int: DeliveryReason] = [:]
        for (index, mark) in marks.enumerated() where !mark.state.isFinished {
            reasons[index] = reader.reason(of: mark)
        }
        return Message(
            id: id,
            folder: folder,
            layout: reader.header.layout,
            envelope: envelope,
            mark: mark,
            marks: marks,
            reasons: reasons
        )
    }

    /// A file without a header, or shorter than its header says, that no writer holds.
    private func judgeIncomplete(_ id: QueueID, in folder: QueueFolder, _ status: FileStatus) -> Finding {
        // Between its open(2) and its lock a writer has nothing in the file; it gets a minute.
        let age = Clock.wall / 1_000_000_000 - status.changed / 1_000_000_000
        if status.size == 0, abs(age) < Self.grace { return .inProgress(id) }
        // Without the mode no flush was begun. With it, an empty header is what a power cut leaves before the flush is
        // done; anything else may have been acknowledged and cut since: a person decides.
        let isTorn = verifiesContent && (status.size < QueueFileLayout.headerLength || hasEmptyHeader(id, in: folder))
        guard status.mode != QueueFileDraft.committedMode || isTorn else {
            return moveToCorrupt(id, in: folder, .corrupt(.layout))
        }
        do throws(QueueFileError) {
            try directories.remove(id, in: folder)
            return .removedIncomplete(id)
        } catch {
            return .unreadable(id, error)
        }
    }

    /// Seconds that an empty file is left to a writer that may just have made it.
    static let grace: Int64 = 60

    private func hasEmptyHeader(_ id: QueueID, in folder: QueueFolder) -> Bool {
        guard
            let file = try? directories.open(id, in: folder),
            let header = try? file.read(at: 0, count: QueueFileLayout.headerLength)
        else { return false }
        return header.allSatisfy { $0 == 0 }
    }

    private func removeDuplicate(_ id: QueueID, in folder: QueueFolder, of first: QueueFolder) -> Finding {
        do throws(QueueFileError) {
            guard try directories.isSameFile(id, first, folder) else {
                return .unreadable(id, .system(.link, .fileExists))
            }
            try directories.remove(id, in: folder)
            return .removedDuplicate(id)
        } catch {
            return .unreadable(id, error)
        }
    }

    private func moveToCorrupt(_ id: QueueID, in folder: QueueFolder, _ error: QueueFileError) -> Finding {
        do throws(Errno) {
            try directories.held(folder).descriptor.renameNew(
                folder.path(of: id),
                to: QueueFolder.corrupt.path(of: id),
                in: directories.held(.corrupt).descriptor
            )
            return .movedToCorrupt(id, error)
        } catch {
            return .unreadable(id, .system(.link, error))
        }
    }
}
