// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

/// Each target in a process of its own: a trap ends that one, and the test says on which input.
@Suite("Kept fuzz corpus")
struct ReplayTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpus")

    /// The inputs of a target, by name.
    static func inputs(_ target: String) throws -> [URL] {
        let folder = corpus.appending(path: target)
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { !$0.lastPathComponent.hasPrefix(".") }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    /// Gives each input to the target, then some changes of each; `note` says which one is tried.
    static func replay(_ target: String, changes: Int, note: URL) throws {
        guard let target = FuzzTarget.named(target) else { throw PropertyFailure("there is no target \(target)") }
        for (index, file) in try inputs(target.name).enumerated() {
            let bytes = Array(try Data(contentsOf: file))
            try Data(file.lastPathComponent.utf8).write(to: note)
            try target.run(bytes)
            var random = SeededGenerator(seed: UInt64(index))
            for round in 0..<changes {
                let changed = Array(random.mutation(of: bytes).prefix(target.maximumLength))
                try Data("\(file.lastPathComponent), change \(round) of seed \(index): \(changed)".utf8).write(to: note)
                try target.run(changed)
            }
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: FuzzTarget.all.map(\.name))
    func `no kept input, and no change of one, breaks its target`(_ target: String) async throws {
        #expect(try !Self.inputs(target).isEmpty, "each target has a corpus")
        let folder = TemporaryFolder()
        let note = folder.path + "/input"
        let changes = Surroundings.wantsLongRounds ? 200 : 3
        let result = await #expect(processExitsWith: .success) {
            [target = target as String, changes = changes as Int, note = note as String] in
            do {
                try ReplayTests.replay(target, changes: changes, note: URL(filePath: note))
            } catch {
                FileHandle.standardError.write(Data("\(target): \(error)\n".utf8))
                exit(EXIT_FAILURE)
            }
        }
        if result == nil {
            let input = (try? String(contentsOfFile: note, encoding: .utf8)) ?? "none"
            Issue.record("the input was \(input)")
        }
    }

    @Test func `what is cut comes back whole, and the same input is cut alike`() {
        let bytes = Array("From: a\r\nTo: b\r\n\r\n".utf8)
        var first = Cuts(for: bytes)
        var second = Cuts(for: bytes)
        let pieces = first.pieces(of: bytes)
        #expect(pieces.flatMap(Array.init) == bytes)
        #expect(second.pieces(of: bytes) == pieces)
        #expect(pieces.count > 1)
    }

    @Test func `a corpus without a target is not replayed by anybody`() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path(percentEncoded: false))
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    }
}
