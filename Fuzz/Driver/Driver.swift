// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The target of this process, chosen by the name that it was started with.
private let target: FuzzTarget = {
    let name = String(CommandLine.arguments.first?.split(separator: "/").last ?? "")
    guard let target = FuzzTarget.named(name) else {
        for target in FuzzTarget.all { print(target.name, target.maximumLength) }
        exit(name == "fuzz" ? 0 : 2)
    }
    return target
}()

/// What libFuzzer calls for each input; a property that does not hold ends the process as a trap does.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    do {
        try target.run(bytes)
    } catch {
        fatalError("\(target.name): \(error)")
    }
    return 0
}

/// What libFuzzer calls first.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutablePointer<CInt>?, _ arguments: UnsafeMutableRawPointer?) -> CInt {
    _ = target
    return 0
}
