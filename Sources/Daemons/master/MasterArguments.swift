// SPDX-License-Identifier: Apache-2.0
internal import Service

/// The command line of master: `-c folder`, `-f`, `-r`.
struct MasterArguments: Equatable {
    /// `-c`: the configuration folder.
    var configDirectory = "/etc/relais"
    /// `-f`: a person or a supervisor watches standard error.
    var isForeground = false
    /// `-r`: somebody waits at descriptor 3 to be told `ready`, or why not.
    var reportsReadiness = false

    init(_ arguments: [String]) throws(StartUpError) {
        var next = arguments.dropFirst().makeIterator()
        while let option = next.next() {
            switch option {
            case "-c":
                guard let value = next.next(), !value.isEmpty else { throw StartUpError("-c wants a folder") }
                configDirectory = value
            case "-f": isForeground = true
            case "-r": reportsReadiness = true
            default: throw StartUpError("unknown option \(option): master [-c folder] [-f] [-r]")
            }
        }
        guard configDirectory.hasPrefix("/") else {
            throw StartUpError("-c \(configDirectory): the folder must be given as an absolute path")
        }
    }
}
