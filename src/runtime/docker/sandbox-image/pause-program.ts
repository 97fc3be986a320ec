/** Processors that Berth can build its sandbox program for, in Docker's words. */
export type SandboxArchitecture = 'amd64' | 'arm64';

/**
 * The program of the sandbox, in machine code: one row per instruction, its bytes in memory order and what it does.
 *
 * It blocks every signal, then waits for one at a time: TERM and INT end it, CHLD reaps all children that are dead,
 * others are ignored. Waiting with blocked signals instead of handlers matters, because the kernel drops an unblocked
 * signal without a handler when it is sent to process 1 of a namespace, but never a blocked one. As process 1 it
 * inherits the orphans of a shared process namespace.
 */
const PROGRAMS: Record<SandboxArchitecture, readonly (readonly [bytes: string, meaning: string])[]> = {
  amd64: [
    ['4881ec80000000', '      sub rsp, 128        room for the set of signals; arguments go in rdi, rsi, rdx, r10'],
    ['48c70424ffffffff', '    mov qword [rsp], -1 all 64 signals'],
    ['b80e000000', '          mov eax, 14         rt_sigprocmask('],
    ['31ff', '                xor edi, edi          SIG_BLOCK,'],
    ['4889e6', '              mov rsi, rsp          &set,'],
    ['31d2', '                xor edx, edx          no old set,'],
    ['41ba08000000', '        mov r10d, 8           8 bytes)'],
    ['0f05', '                syscall'],
    ['b880000000', '    wait: mov eax, 128        rt_sigtimedwait('],
    ['4889e7', '              mov rdi, rsp          &set,'],
    ['31f6', '                xor esi, esi          no information,'],
    ['31d2', '                xor edx, edx          no timeout,'],
    ['41ba08000000', '        mov r10d, 8           8 bytes)'],
    ['0f05', '                syscall'],
    ['83f80f', '              cmp eax, 15         SIGTERM?'],
    ['7428', '                je quit             (+40)'],
    ['83f802', '              cmp eax, 2          SIGINT?'],
    ['7423', '                je quit             (+35)'],
    ['83f811', '              cmp eax, 17         SIGCHLD?'],
    ['75dd', '                jne wait            (-35)'],
    ['b83d000000', '    reap: mov eax, 61         wait4('],
    ['48c7c7ffffffff', '      mov rdi, -1           any child,'],
    ['31f6', '                xor esi, esi          no status,'],
    ['ba01000000', '          mov edx, 1            WNOHANG,'],
    ['4531d2', '              xor r10d, r10d        no usage)'],
    ['0f05', '                syscall'],
    ['85c0', '                test eax, eax'],
    ['7fe4', '                jg reap             (-28) as long as there was one'],
    ['ebbf', '                jmp wait            (-65)'],
    ['b8e7000000', '    quit: mov eax, 231        exit_group('],
    ['31ff', '                xor edi, edi          0)'],
    ['0f05', '                syscall'],
  ],
  arm64: [
    ['ff0302d1', '      sub sp, sp, #128    room for the set of signals; arguments go in x0, x1, x2, x3'],
    ['00008092', '      mov x0, #-1'],
    ['e00300f9', '      str x0, [sp]        all 64 signals'],
    ['e81080d2', '      mov x8, #135        rt_sigprocmask('],
    ['000080d2', '      mov x0, #0            SIG_BLOCK,'],
    ['e1030091', '      mov x1, sp            &set,'],
    ['020080d2', '      mov x2, #0            no old set,'],
    ['030180d2', '      mov x3, #8            8 bytes)'],
    ['010000d4', '      svc #0'],
    ['281180d2', 'wait: mov x8, #137        rt_sigtimedwait('],
    ['e0030091', '      mov x0, sp            &set,'],
    ['010080d2', '      mov x1, #0            no information,'],
    ['020080d2', '      mov x2, #0            no timeout,'],
    ['030180d2', '      mov x3, #8            8 bytes)'],
    ['010000d4', '      svc #0'],
    ['1f3c0071', '      cmp w0, #15         SIGTERM?'],
    ['c0010054', '      b.eq quit           (+56)'],
    ['1f080071', '      cmp w0, #2          SIGINT?'],
    ['80010054', '      b.eq quit           (+48)'],
    ['1f440071', '      cmp w0, #17         SIGCHLD?'],
    ['a1feff54', '      b.ne wait           (-44)'],
    ['882080d2', 'reap: mov x8, #260        wait4('],
    ['00008092', '      mov x0, #-1           any child,'],
    ['010080d2', '      mov x1, #0            no status,'],
    ['220080d2', '      mov x2, #1            WNOHANG,'],
    ['030080d2', '      mov x3, #0            no usage)'],
    ['010000d4', '      svc #0'],
    ['1f000071', '      cmp w0, #0'],
    ['2cffff54', '      b.gt reap           (-28) as long as there was one'],
    ['ecffff17', '      b wait              (-80)'],
    ['c80b80d2', 'quit: mov x8, #94         exit_group('],
    ['000080d2', '      mov x0, #0            0)'],
    ['010000d4', '      svc #0'],
  ],
};

/** `e_machine` of the ELF header. */
const MACHINES: Record<SandboxArchitecture, number> = { amd64: 62, arm64: 183 };

const LOAD_ADDRESS = 0x400000n;
const FILE_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;

/** The static ELF executable: one file header, one program header that maps the whole file, and the code. */
export function buildPauseProgram(architecture: SandboxArchitecture): Buffer {
  const code = Buffer.from(PROGRAMS[architecture].map(([bytes]) => bytes).join(''), 'hex');
  const codeOffset = FILE_HEADER_BYTES + PROGRAM_HEADER_BYTES;
  const sizeBytes = BigInt(codeOffset + code.length);

  const file = Buffer.alloc(FILE_HEADER_BYTES);
  file.write('\x7fELF', 0, 'latin1');
  file.set([2, 1, 1], 4); // 64 bit, little-endian, version 1
  file.writeUInt16LE(2, 16); // an executable
  file.writeUInt16LE(MACHINES[architecture], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(LOAD_ADDRESS + BigInt(codeOffset), 24); // entry point
  file.writeBigUInt64LE(BigInt(FILE_HEADER_BYTES), 32); // offset of the program header
  file.writeUInt16LE(FILE_HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56); // one program header

  const program = Buffer.alloc(PROGRAM_HEADER_BYTES);
  program.writeUInt32LE(1, 0); // to be loaded
  program.writeUInt32LE(5, 4); // readable and executable
  program.writeBigUInt64LE(LOAD_ADDRESS, 16);
  program.writeBigUInt64LE(LOAD_ADDRESS, 24);
  program.writeBigUInt64LE(sizeBytes, 32);
  program.writeBigUInt64LE(sizeBytes, 40);
  program.writeBigUInt64LE(0x10000n, 48); // alignment that suits pages of 4 to 64 KiB
  return Buffer.concat([file, program, code]);
}
