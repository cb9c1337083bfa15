// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import MailConfiguration
internal import MailEnvelope
internal import MailQueue
internal import POSIX
internal import SystemPackage

/// The queue as its files have it, read without changing anything: when nothing runs, and to show a message.
struct QueueFiles {
    /// A message's file and the folder it lies in.
    struct Found: ~Copyable {
        let folder: QueueFolder
        let file: Descriptor
    }

    private let path: String
    private let directories: QueueDirectories

    init(_ main: MainConfiguration) throws(CommandFailure) {
        path = main[GeneralParameters.queueDirectory]
        do throws(Errno) {
            directories = try QueueDirectories(opening: path)
        } catch .permissionDenied {
            throw CommandFailure("\(path): the queue may be read by root only", advice: "try it with sudo")
        } catch {
            throw CommandFailure("the queue in \(path) cannot be opened: \(error)")
        }
    }

    /// All messages, oldest first; files that cannot be read are told and left out.
    func entries() throws(CommandFailure) -> [QueueEntry] {
        var found: [(QueueID, QueueEntry)] = []
        for folder in [QueueFolder.incoming, .deferred, .hold] {
            for bucket in QueueID.buckets {
                for name in try names(in: "\(path)/\(folder.rawValue)/\(bucket)") {
                    guard let id = QueueID(name) else { continue }
                    do throws(QueueFileError) {
                        found.append((id, try entry(id, in: folder)))
                    } catch .incomplete {
                        continue
                    } catch {
                        Output.note("\(id): \(error)")
                    }
                }
            }
        }
        return found.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Opens a message wherever it lies.
    func open(_ id: QueueID) throws(CommandFailure) -> Found {
        for folder in [QueueFolder.incoming, .deferred, .hold, .corrupt] {
            do throws(QueueFileError) {
                return Found(folder: folder, file: try directories.open(id, in: folder))
            } catch .system(.open, .noSuchFileOrDirectory) {
                continue
            } catch {
                throw CommandFailure("\(id): \(error)")
            }
        }
        throw CommandFailure(
            "\(id): there is no such message in the queue",
            advice: "mailctl queue lists what there is"
        )
    }

    private func names(in folder: String) throws(CommandFailure) -> [String] {
        do throws(Errno) {
            return try Descriptor.open(folder, .directory).names()
        } catch .noSuchFileOrDirectory {
            return []
        } catch {
            throw CommandFailure("\(folder): \(error)", advice: "the queue may be read by root only; try it with sudo")
        }
    }

    private func entry(_ id: QueueID, in folder: QueueFolder) throws(QueueFileError) -> QueueEntry {
        let reader = try QueueFileReader(opening: id, in: folder, of: directories)
        let envelope = try reader.envelope()
        let marks = try reader.marks().recipients
        var recipients: [QueueEntry.Recipient] = []
        var attempts = 0
        var next: Int64?
        for (recipient, mark) in zip(envelope.recipients, marks) where !mark.state.isFinished {
            recipients.append(
                QueueEntry.Recipient(address: recipient.address, reason: reader.reason(of: mark)?.text ?? "")
            )
            attempts = max(attempts, mark.attempts)
            next = min(next ?? .max, mark.nextAttempt)
        }
        return QueueEntry(
            queueID: id.text,
            state: folder.rawValue,
            size: reader.header.layout.contentLength,
            arrival: Int(envelope.arrival),
            nextAttempt: Int((next ?? 0).multipliedReportingOverflow(by: 1_000_000_000).partialValue),
            attempts: attempts,
            sender: envelope.sender,
            recipients: recipients
        )
    }
}
